"""Batches of SQS records: each handled for itself, those that fail returned to the queue.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from twilio_connector.errors import InvalidInputError, ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.entrypoint import as_connector_error
from twilio_connector.invocation.observability import log_keys

T = TypeVar("T")


class SqsRecord(NamedTuple):
    """What the connector reads of a record: the ID of the message, which stays when it comes again, and its body."""

    message_id: str
    body: str


def process(event: Mapping[str, Any], handle: Callable[[str, str], None], deadline: Deadline) -> dict[str, Any]:
    """Call *handle(message ID, body)* for each record of *event*; returns the partial batch response.

    A record whose handling raises is returned to the queue, and so is every one that was not begun before *deadline*.
    """

    def done(record: SqsRecord) -> bool:
        handle(*record)
        return True

    return response_of(record.message_id for record in records_of(event) if not attempted(record, done, deadline))


def records_of(event: Mapping[str, Any]) -> list[SqsRecord]:
    """The records of an SQS *event*, one at least. Raises :class:`InvalidInputError`."""
    records = event.get("Records")
    if not isinstance(records, list) or not records or not all(map(_is_record, records)):
        raise InvalidInputError("Records must be those of an SQS event.")
    return [SqsRecord(record["messageId"], record["body"]) for record in records]


def attempted(record: SqsRecord, handle: Callable[[SqsRecord], T], deadline: Deadline) -> T | None:
    """What *handle* makes of *record*; None where it raises, or is not begun because *deadline* has passed.

    What it logs meanwhile has the message's ID.
    """
    with log_keys(sqs_message_id=record.message_id):
        try:
            if not deadline.remaining():
                raise ServiceUnavailableError("The time of this invocation has run out.")
            return handle(record)
        except Exception as exc:  # Logged; the record comes again.
            as_connector_error(exc)
            return None


def response_of(returned: Iterable[str]) -> dict[str, Any]:
    """The partial batch response that returns the messages with these IDs to the queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in returned]}


def _is_record(record: object) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(key), str) for key in ("messageId", "body"))
