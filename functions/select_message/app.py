"""select_message: wiring of :func:`twilio_connector.reading.select_message`."""

import os
from typing import Any

from twilio_connector import reading
from twilio_connector.deadline import LambdaContext
from twilio_connector.runtime import entrypoint
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return reading.select_message(event, services.client_of(context))
