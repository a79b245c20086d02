"""Inputs of the send queue, read, and what became of them: an event each and, of what is given up, a log line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
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
from twilio_connector.invocation.observability import count, logger
from twilio_connector.invocation.sqs_batch import SqsRecord
from twilio_connector.masking import mask_numbers
from twilio_connector.sending.envelopes import unwrapped
from twilio_connector.sending.inputs import readable_connection, readable_key
from twilio_connector.strict_json import parse_json

# Errors that sending the same message again cannot fix, and the cause to count: that of the first that fits.
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
# The cause of a message that is not an input: its source is set up wrongly, and none of its texts will be sent.
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class QueuedInput:
    """What a *record* of the queue holds: an input *given* under *key*, or something *unreadable*."""

    record: SqsRecord
    given: Any = field(repr=False)
    key: str = field(repr=False)
    unreadable: InvalidInputError | None = None

    @classmethod
    def of(cls, record: SqsRecord) -> "QueuedInput":
        """The input in *record*; its key defaults to the message's ID, which stays when it is delivered again."""
        given: Any = None
        key = f"sqs:{record.message_id}"
        try:
            given = _parse(record.body)
            given = unwrapped(given)
        except InvalidInputError as exc:
            return cls(record, given, key, exc)
        return cls(record, given, readable_key(given, key))

    @property
    def connection(self) -> str:
        """The connection that it names; the default one if no name can be read."""
        return readable_connection(self.given)


class Outcome(NamedTuple):
    """The outcome of an input: its event, others *beside* it, and the *failure* that gives it up."""

    of: QueuedInput
    event: Event
    beside: Sequence[Event] = ()
    failure: TwilioConnectorError | None = None

    def report(self) -> None:
        """Log and count an input that is given up, without its contents: what names no connection may be anything."""
        if not self.failure:
            return
        cause = UNREADABLE if self.of.unreadable else _cause(self.failure)
        connection = self.of.connection
        logger.warning(
            "An input of the send queue was refused for good",
            extra={
                "cause": cause,
                "error_type": type(self.failure).__name__,
                "code": self.failure.code,
                "reason": str(self.failure),
                "sqs_message_id": self.of.record.message_id,
                "connection": mask_numbers(connection) if CONNECTION_NAME.fullmatch(connection) else None,
            },
        )
        if cause not in COUNTED_BEFORE:
            count("SendsRefused", cause=cause)


def sent_event(of: QueuedInput, account_sid: str | None, message: Any) -> Event:
    """The event of an input that became *message*, in the account *account_sid*. Raises :class:`EventTooLargeError`."""
    return _event("Message Sent", of, account_sid, {"message": message})


def failed_event(of: QueuedInput, account_sid: str | None, exc: TwilioConnectorError) -> Event:
    """The event of an input that is given up because of *exc*. Raises :class:`EventTooLargeError`."""
    error = {"type": type(exc).__name__, "code": exc.code, "status": exc.status, "message": str(exc)}
    return _event("Message Send Failed", of, account_sid, {"error": error})


def _event(detail_type: str, of: QueuedInput, account_sid: str | None, outcome: dict[str, Any]) -> Event:
    detail = {
        "id": of.key,
        "connection": of.connection,
        "accountSid": account_sid,
        "receivedAt": format_instant(datetime.now(UTC)),
        "body": {"data": {"input": of.given, **outcome}},
    }
    event = Event.of(detail_type, detail)
    if event.size > MAX_BYTES:
        # A queue takes larger inputs than the bus: this outcome is published without its input.
        event = Event.of(detail_type, {**detail, "body": {"data": {"input": None, **outcome}}})
    if event.size > MAX_BYTES:
        raise EventTooLargeError(f"A '{detail_type}' event of {event.size:,} bytes is too large to publish.")
    return event


def _parse(body: str) -> Any:
    try:
        return parse_json(body)
    except ValueError as exc:
        raise InvalidInputError(f"The message in the queue cannot be read: {exc}.") from exc


def _cause(exc: TwilioConnectorError) -> str:
    return next(cause for kind, cause in CAUSES.items() if isinstance(exc, kind))
