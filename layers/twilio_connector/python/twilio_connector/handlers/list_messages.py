"""list_messages: wiring of :func:`twilio_connector.reading.list_messages.list_messages`."""

import os
from typing import Any

from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import connections, numbers, prepare, twilio
from twilio_connector.reading import list_messages
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return list_messages.list_messages(event, services.client_of(context))


prepare(services, connections, twilio, numbers)
