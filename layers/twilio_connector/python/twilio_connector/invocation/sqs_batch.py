"""Batches of SQS records: each handled for itself, those that fail returned to the queue.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from twilio_connector.errors import InvalidInputError, ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.entrypoint import as_connector_error


def process(event: Mapping[str, Any], handle: Callable[[str, str], None], deadline: Deadline) -> dict[str, Any]:
    """Call *handle(message ID, body)* for each record of *event*; returns the partial batch response.

    A record whose handling raises is returned to the queue, and so is every one that was not begun before *deadline*.
    """

    def handle_record(record: SQSRecord) -> None:
        if not deadline.remaining():
            raise ServiceUnavailableError("The time of this invocation has run out.")
        try:
            handle(record.message_id, record.body)
        except Exception as exc:
            raise as_connector_error(exc) from None

    records = event.get("Records")
    if not isinstance(records, list) or not records or not all(map(_is_record, records)):
        raise InvalidInputError("Records must be those of an SQS event.")
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(dict(event), handle_record, processor))


def _is_record(record: object) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(key), str) for key in ("messageId", "body"))
