"""The send queue: inputs of send_sms as SQS messages, their outcomes as events.

Failures of the message are acknowledged and published; failures of its surroundings go back to the queue, which
delivers it again and in the end gives it up to its dead-letter queue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from twilio_connector.bus.event import Event, EventTooLargeError
from twilio_connector.bus.outbox import Outbox
from twilio_connector.errors import (
    IdempotencyConflictError,
    InvalidInputError,
    TwilioConnectorError,
    TwilioNotFoundError,
    TwilioRejectedError,
)
from twilio_connector.instants import format_instant
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.sqs_batch import process
from twilio_connector.sending.inputs import readable_connection, readable_key
from twilio_connector.sending.sender import Sender
from twilio_connector.strict_json import parse_json

# What sending the same message again cannot mend.
FAILURES_OF_THE_MESSAGE = (InvalidInputError, IdempotencyConflictError, TwilioRejectedError, TwilioNotFoundError)


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
        key = f"sqs:{message_id}"
        try:
            given = _parse(body)
            key = readable_key(given, key)
            outcome = {"message": self.sender.send_sms(given, key)["data"]}
            detail_type = "Message Sent"
        except FAILURES_OF_THE_MESSAGE as exc:
            outcome = {"error": _describe(exc)}
            detail_type = "Message Send Failed"
        self._publish(detail_type, key, given, outcome)

    def _publish(self, detail_type: str, key: str, given: Any, outcome: dict[str, Any]) -> None:
        name = readable_connection(given)
        detail = {
            "id": key,
            "connection": name,
            "accountSid": self._account_sid(name),
            "receivedAt": format_instant(datetime.now(UTC)),
            "body": {"data": {"input": given, **outcome}},
        }
        try:
            self._store(Event.of(detail_type, detail))
        except EventTooLargeError:
            # A queue takes larger inputs than the bus: what became of this one is told without it.
            detail["body"] = {"data": {"input": None, **outcome}}
            self._store(Event.of(detail_type, detail))

    def _store(self, event: Event) -> None:
        self.outbox.store([event], publish_by=self.publish_by)

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


def _describe(exc: TwilioConnectorError) -> dict[str, Any]:
    return {"type": type(exc).__name__, "code": exc.code, "status": exc.status, "message": str(exc)}
