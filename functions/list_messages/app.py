"""list_messages: wiring of :func:`twilio_connector.listing.list_messages`."""

import os
from typing import Any

from twilio_connector import listing
from twilio_connector.deadline import LambdaContext
from twilio_connector.runtime import entrypoint
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return listing.list_messages(event, services.client_of(context))
