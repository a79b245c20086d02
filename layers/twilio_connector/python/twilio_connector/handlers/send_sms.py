"""send_sms: one message for a direct caller, or the records of the send queue."""

import os
from dataclasses import replace
from typing import Any

from twilio_connector.aws import Aws
from twilio_connector.errors import TwilioOptedOutError
from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.preparation import bus, connections, limits_if_any, numbers, prepare, quick_turns, state, twilio
from twilio_connector.sending.budget import (
    AWS_ATTEMPTS,
    AWS_CONNECT_SECONDS,
    AWS_READ_SECONDS,
    DIRECT_SECONDS,
    MAX_QUEUE_SEARCH_SECONDS,
    MIN_KEEP_SECONDS,
    MIN_PUBLISH_SECONDS,
    MIN_SEND_SECONDS,
    MIN_TELL_SECONDS,
    STATE_RESERVE_SECONDS,
)
from twilio_connector.sending.opt_outs import tell_opt_out
from twilio_connector.sending.queue import SendQueue
from twilio_connector.sending.sender import Sender
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.state.table import StateTable
from twilio_connector.wiring import Services

services = Services(os.environ, Aws(connect=AWS_CONNECT_SECONDS, read=AWS_READ_SECONDS, attempts=AWS_ATTEMPTS))


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    settings, until = services.settings(SendSettings), Deadline.of(context, STATE_RESERVE_SECONDS)
    table = SendTable(StateTable(services.aws.dynamodb, settings.state_table_name, until))
    is_batch = isinstance(event, dict) and "Records" in event
    client_of = services.client_of(context) if is_batch else services.client_of(context, DIRECT_SECONDS)
    sender = Sender(client_of, services.connections, table, settings, limits=services.limits(until))
    if is_batch:
        brief = replace(sender, search_seconds=MAX_QUEUE_SEARCH_SECONDS)
        publish_by = Deadline.of(context, MIN_PUBLISH_SECONDS)
        queue = SendQueue(brief, services.outbox, publish_by, settings.sends_per_batch_at_once)
        return queue.handle(event, Deadline.of(context, MIN_SEND_SECONDS))
    try:
        return sender.send_sms(event, default_key=context.aws_request_id)
    except TwilioOptedOutError as exc:
        publish_by, keep_by = (Deadline.of(context, reserve) for reserve in (MIN_TELL_SECONDS, MIN_KEEP_SECONDS))
        tell_opt_out(services.connections, lambda: services.outbox, event, exc, publish_by=publish_by, keep_by=keep_by)
        raise


prepare(services, connections, twilio, numbers, state("transact_write_items"), limits_if_any, bus, quick_turns)
