"""send_sms: one message for a direct caller, or the records of the send queue."""

import os
from dataclasses import replace
from typing import Any

from twilio_connector.aws import Aws
from twilio_connector.invocation.deadline import Deadline, LambdaContext
from twilio_connector.invocation.entrypoint import entrypoint
from twilio_connector.sending.sender import Sender
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.wiring import Services

# A call may take eight seconds with its repeat, which leaves time to say what became of a send.
services = Services(os.environ, Aws(connect=1.0, read=3.0, attempts=2))

# A record of the queue is begun only if this many seconds are left for it.
SEND_SECONDS = 25.0
# With fewer than these left, what became of a send goes to the undelivered queue at once: as long as a call to the bus
# and one to the queue may take.
PUBLISH_SECONDS = 16.0
# A send of the queue is not searched for longer than this: it comes again, and others are waiting.
SEARCH_SECONDS = 10.0


@entrypoint
def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Lambda handler."""
    settings = services.settings(SendSettings)
    table = SendTable(services.aws.dynamodb, settings.state_table_name)
    sender = Sender(services.client_of(context), services.connections, table, settings)
    if isinstance(event, dict) and "Records" in event:
        # Here and not above: a direct caller needs no batches.
        from twilio_connector.sending.queue import SendQueue

        brief = replace(sender, search_seconds=SEARCH_SECONDS)
        publish_by = Deadline.of(context, PUBLISH_SECONDS)
        queue = SendQueue(brief, services.outbox, publish_by)
        return queue.handle(event, Deadline.of(context, SEND_SECONDS))
    return sender.send_sms(event, default_key=context.aws_request_id)
