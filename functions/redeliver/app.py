"""redeliver: wiring of :class:`twilio_connector.bus.redelivery.Redelivery`."""

import os
from typing import Any

from twilio_connector.aws import Aws
from twilio_connector.bus.redelivery import Redelivery
from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.wiring import Services

# The publisher and the queue try again; boto3 need not.
services = Services(os.environ, Aws(connect=1.0, read=4.0, attempts=1))

# Longer than a call to the bus and one to the queue take: none is started that Lambda would cut off.
RESERVE_SECONDS = 12.0


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    return Redelivery(services.outbox).handle(event, Deadline.of(context, RESERVE_SECONDS))
