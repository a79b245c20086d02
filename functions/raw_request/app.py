"""raw_request: wiring of :func:`twilio_connector.raw_request.raw_request`."""

import os
from typing import Any

from twilio_connector import raw_request
from twilio_connector.deadline import LambdaContext
from twilio_connector.runtime import entrypoint
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return raw_request.raw_request(event, services.client_of(context))
