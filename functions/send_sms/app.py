"""send_sms: the layer's :mod:`twilio_connector.handlers.send_sms`."""

try:
    from twilio_connector.handlers.send_sms import handler
except ModuleNotFoundError as exc:
    if exc.name != "twilio_connector.handlers":
        raise
    # For the seconds of an upgrade, on a layer that has no handlers yet: what app.py did with that one.
    import os
    from dataclasses import replace
    from typing import Any

    from twilio_connector.aws import Aws
    from twilio_connector.invocation.deadline import Deadline, LambdaContext
    from twilio_connector.invocation.entrypoint import entrypoint
    from twilio_connector.sending.budget import (
        AWS_ATTEMPTS,
        AWS_CONNECT_SECONDS,
        AWS_READ_SECONDS,
        MAX_QUEUE_SEARCH_SECONDS,
        MIN_PUBLISH_SECONDS,
        MIN_SEND_SECONDS,
        STATE_RESERVE_SECONDS,
    )
    from twilio_connector.sending.sender import Sender
    from twilio_connector.sending.table import SendTable
    from twilio_connector.settings import SendSettings
    from twilio_connector.state.table import StateTable
    from twilio_connector.wiring import Services

    services = Services(os.environ, Aws(connect=AWS_CONNECT_SECONDS, read=AWS_READ_SECONDS, attempts=AWS_ATTEMPTS))

    @entrypoint
    def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
        """Lambda handler."""
        settings = services.settings(SendSettings)
        until = Deadline.of(context, STATE_RESERVE_SECONDS)
        table = SendTable(StateTable(services.aws.dynamodb, settings.state_table_name, until))
        sender = Sender(services.client_of(context), services.connections, table, settings)
        if isinstance(event, dict) and "Records" in event:
            # Here and not above: a direct caller needs no batches.
            from twilio_connector.sending.queue import SendQueue

            brief = replace(sender, search_seconds=MAX_QUEUE_SEARCH_SECONDS)
            publish_by = Deadline.of(context, MIN_PUBLISH_SECONDS)
            queue = SendQueue(brief, services.outbox, publish_by)
            return queue.handle(event, Deadline.of(context, MIN_SEND_SECONDS))
        return sender.send_sms(event, default_key=context.aws_request_id)
