"""reconcile: publishes the statuses of outbound messages that no callback brought."""

import os
from typing import Any

from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.listing.budget import QUIET_SECONDS, STATE_RESERVE_SECONDS
from twilio_connector.preparation import bus, connections, prepare, quick_turns, state, twilio
from twilio_connector.reconciling.reconciler import Reconciler
from twilio_connector.settings import ReconcileSettings
from twilio_connector.state.table import StateTable
from twilio_connector.wiring import Services

services = Services(os.environ)


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    settings = services.settings(ReconcileSettings)
    reconciler = Reconciler(
        services.client_of(context),
        StateTable(services.aws.dynamodb, settings.state_table_name, Deadline.of(context, STATE_RESERVE_SECONDS)),
        services.outbox,
        settings,
        deadline=Deadline.of(context, QUIET_SECONDS),
        seconds=context.get_remaining_time_in_millis() / 1000,
    )
    return reconciler.reconcile(event)


prepare(services, connections, twilio, state("update_item", "query", "put_item"), bus, quick_turns)
