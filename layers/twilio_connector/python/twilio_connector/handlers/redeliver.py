"""redeliver: wiring of :class:`twilio_connector.bus.redelivery.Redelivery`."""

import os
from typing import Any

from twilio_connector.aws import Aws
from twilio_connector.bus.redelivery import AWS_CONNECT_SECONDS, AWS_READ_SECONDS, MIN_REDELIVERY_SECONDS, Redelivery
from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import bus, prepare
from twilio_connector.wiring import Services

services = Services(os.environ, Aws(connect=AWS_CONNECT_SECONDS, read=AWS_READ_SECONDS, attempts=1))


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return Redelivery(services.outbox).handle(event, Deadline.of(context, MIN_REDELIVERY_SECONDS))


prepare(services, bus)
