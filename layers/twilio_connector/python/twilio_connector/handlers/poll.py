"""poll: publishes the messages sent since the last poll."""

import os
from typing import Any

from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.polling.budget import QUIET_SECONDS, STATE_RESERVE_SECONDS
from twilio_connector.polling.poller import Poller
from twilio_connector.preparation import bus, connections, numbers, prepare, quick_turns, state, twilio
from twilio_connector.settings import PollSettings
from twilio_connector.state.table import StateTable
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    settings = services.settings(PollSettings)
    poller = Poller(
        services.client_of(context),
        StateTable(services.aws.dynamodb, settings.state_table_name, Deadline.of(context, STATE_RESERVE_SECONDS)),
        services.outbox,
        settings,
        deadline=Deadline.of(context, QUIET_SECONDS),
        seconds=context.get_remaining_time_in_millis() / 1000,
    )
    return poller.poll(event)


prepare(services, connections, twilio, numbers, state("update_item", "query", "put_item"), bus, quick_turns)
