"""get_sms: wiring of :func:`twilio_connector.reading.get_sms.get_sms`."""

import os
from typing import Any

from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import connections, prepare, twilio
from twilio_connector.reading import get_sms
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return get_sms.get_sms(event, services.client_of(context))


prepare(services, connections, twilio)
