"""raw_request: wiring of :func:`twilio_connector.raw_request.request.raw_request`."""

import os
from typing import Any

from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.raw_request import request
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return request.raw_request(event, services.client_of(context))
