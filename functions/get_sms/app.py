"""get_sms: wiring of :func:`twilio_connector.reading.get_sms`."""

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
    return reading.get_sms(event, services.client_of(context))
