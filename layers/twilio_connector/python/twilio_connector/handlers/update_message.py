"""update_message: wiring of :func:`twilio_connector.updating.update_message.update_message`."""

import os
from typing import Any

from twilio_connector.invocation.deadline import LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import connections, prepare, twilio
from twilio_connector.updating import update_message
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return update_message.update_message(event, services.client_of(context))


prepare(services, connections, twilio)
