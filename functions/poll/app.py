"""poll: publishes the messages sent since the last poll."""

import os
from typing import Any

from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.polling.budget import QUIET_SECONDS
from twilio_connector.polling.poller import Poller
from twilio_connector.settings import PollSettings
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    poller = Poller(
        services.client_of(context),
        services.aws.dynamodb,
        services.outbox,
        services.settings(PollSettings),
        deadline=Deadline.of(context, QUIET_SECONDS),
        seconds=context.get_remaining_time_in_millis() / 1000,
    )
    return poller.poll(event)
