"""select_message: wiring of :func:`twilio_connector.reading.select_message.select_message`."""

import os
from typing import Any

from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import connections, prepare, twilio
from twilio_connector.reading import select_message
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return select_message.select_message(event, services.client_of(context))


prepare(services, connections, twilio)
