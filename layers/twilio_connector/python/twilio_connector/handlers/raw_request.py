"""raw_request: wiring of :func:`twilio_connector.raw_request.request.raw_request`."""

import os
from typing import Any

from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import connections, limits_if_any, prepare, twilio
from twilio_connector.raw_request import request
from twilio_connector.wiring import RESERVE_SECONDS, Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    limits = services.limits(Deadline.of(context, RESERVE_SECONDS)) if services.has_limits else None
    return request.raw_request(event, services.client_of(context), limits)


prepare(services, connections, twilio, limits_if_any)
