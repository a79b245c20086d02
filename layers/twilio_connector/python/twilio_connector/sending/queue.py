"""The send queue: inputs of send_sms as SQS messages, their outcomes as events.

Failures of the message are acknowledged, published, logged and counted; failures of its surroundings go back to the
queue, which delivers it again and in the end gives it up to its dead-letter queue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from twilio_connector.bus.event import Event, EventTooLargeError
from twilio_connector.bus.outbox import Outbox
from twilio_connector.connections.connection import CONNECTION_NAME
from twilio_connector.errors import (
    IdempotencyConflictError,
    InvalidInputError,
    RecipientNotAllowedError,
    SendLimitError,
    TwilioConnectorError,
    TwilioNotFoundError,
    TwilioOptedOutError,
    TwilioRejectedError,
)
from twilio_connector.instants import format_instant
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger
from twilio_connector.invocation.sqs_batch import process
from twilio_connector.masking import mask_numbers
from twilio_connector.sending.envelopes import unwrapped
from twilio_connector.sending.inputs import readable_connection, readable_key
from twilio_connector.sending.opt_outs import opt_out_events
from twilio_connector.sending.sender import Sender
from twilio_connector.strict_json import parse_json

# What sending the same message again cannot mend, and the cause that it is counted under: that of the first that fits.
CAUSES: dict[type[TwilioConnectorError], str] = {
    TwilioOptedOutError: "opted_out",
    TwilioRejectedError: "rejected",
    TwilioNotFoundError: "rejected",
    InvalidInputError: "input",
    IdempotencyConflictError: "input",
    RecipientNotAllowedError: "country",
    SendLimitError: "limited",
}
FAILURES_OF_THE_MESSAGE = tuple(CAUSES)
# These the room limits has counted where it refused the send, as for direct callers.
COUNTED_BEFORE = ("country", "limited")
# That there is no list of messages to post to says nothing of the message: https://www.twilio.com/docs/api/errors/20404
NO_SUCH_LIST = (None, 20404)
# The cause of what is no input at all: whoever puts it there is set up wrongly, and none of his texts will be sent.
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class SendQueue:
    """Sends what the queue brings and publishes what became of it; after *publish_by* it is kept for redelivery."""

    sender: Sender
    outbox: Outbox
    publish_by: Deadline

    def handle(self, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """Send the messages of an SQS *event*, starting none after *deadline*; returns the partial batch response."""
        return process(event, self._send, deadline)

    def _send(self, message_id: str, body: str) -> None:
        """Send one; the key defaults to the SQS message ID, which stays the same when the queue delivers it again."""
        given: Any = None
        key, unread = f"sqs:{message_id}", True
        try:
            given = _parse(body)
            given = unwrapped(given)
            unread = False
            key = readable_key(given, key)
            message = self.sender.send_sms(given, key)["data"]
        except FAILURES_OF_THE_MESSAGE as exc:
            if isinstance(exc, TwilioNotFoundError) and exc.code in NO_SUCH_LIST:
                raise
            opt_outs = opt_out_events(self.sender.connections, given, exc)
            self._publish("Message Send Failed", key, given, {"error": _describe(exc)}, opt_outs)
            # After it is acknowledged for certain: a record that comes again is not counted again.
            _report(message_id, readable_connection(given), exc, UNREADABLE if unread else _cause(exc))
        else:
            self._publish("Message Sent", key, given, {"message": message})

    def _publish(
        self, detail_type: str, key: str, given: Any, outcome: dict[str, Any], beside: Sequence[Event] = ()
    ) -> None:
        name = readable_connection(given)
        detail = {
            "id": key,
            "connection": name,
            "accountSid": self._account_sid(name),
            "receivedAt": format_instant(datetime.now(UTC)),
            "body": {"data": {"input": given, **outcome}},
        }
        try:
            self.outbox.store([Event.of(detail_type, detail)], beside=beside, publish_by=self.publish_by)
        except EventTooLargeError:
            # A queue takes larger inputs than the bus: what became of this one is told without it.
            detail["body"] = {"data": {"input": None, **outcome}}
            self.outbox.store([Event.of(detail_type, detail)], publish_by=self.publish_by)

    def _account_sid(self, name: str) -> str | None:
        """The account of the connection *name*; None where a failed input names none that exists."""
        try:
            return self.sender.connections.get(name).account_sid
        except TwilioConnectorError:
            return None


def _parse(body: str) -> Any:
    try:
        return parse_json(body)
    except ValueError as exc:
        raise InvalidInputError(f"The message in the queue cannot be read: {exc}.") from exc


def _cause(exc: TwilioConnectorError) -> str:
    return next(cause for kind, cause in CAUSES.items() if isinstance(exc, kind))


def _report(message_id: str, connection: str, exc: TwilioConnectorError, cause: str) -> None:
    """Log and count an input that is given up, without its contents: what names no connection may be anything."""
    logger.warning(
        "An input of the send queue was refused for good",
        extra={
            "cause": cause,
            "error_type": type(exc).__name__,
            "code": exc.code,
            "reason": str(exc),
            "sqs_message_id": message_id,
            "connection": mask_numbers(connection) if CONNECTION_NAME.fullmatch(connection) else None,
        },
    )
    if cause not in COUNTED_BEFORE:
        count("SendsRefused", cause=cause)


def _describe(exc: TwilioConnectorError) -> dict[str, Any]:
    return {"type": type(exc).__name__, "code": exc.code, "status": exc.status, "message": str(exc)}
