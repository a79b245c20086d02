"""The queue of events that the bus refused; the function redeliver publishes them later, unchanged."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from twilio_connector.aws import translated_errors
from twilio_connector.bus.batches import batches
from twilio_connector.bus.event import Event
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Limits: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MESSAGES_PER_CALL = 10
CALL_BYTES = 1024 * 1024


class UndeliveredQueue:
    """The queue at *url*."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def put(self, events: Sequence[Event], deadline: Deadline | None = None) -> None:
        """Store all *events*, starting no call after *deadline*. Raises :class:`ServiceUnavailableError`."""
        for bodies in batches(map(_to_body, events), len, count=MESSAGES_PER_CALL, size=CALL_BYTES):
            if deadline and not deadline.remaining():
                raise ServiceUnavailableError("There was no time left to keep all events for redelivery.")
            with translated_errors("SQS"):
                answer = self._sqs.send_message_batch(
                    QueueUrl=self._url,
                    Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)],
                )
            if refused := answer.get("Failed"):
                codes = ", ".join(sorted({entry["Code"] for entry in refused}))
                raise ServiceUnavailableError(f"SQS refused {len(refused)} of {len(bodies)} messages: {codes}.")

    def delay(self, seconds_by_receipt: dict[str, int]) -> None:
        """Show received messages again only after so many seconds, by receipt handle; at most ten of them.

        Raises :class:`ServiceUnavailableError`.
        """
        with translated_errors("SQS"):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
                    for number, (receipt, seconds) in enumerate(seconds_by_receipt.items())
                ],
            )

    @staticmethod
    def parse(body: str) -> Event:
        """The event that :meth:`put` stored as the message *body*."""
        stored = json.loads(body)
        return Event(stored["detailType"], stored["detail"])


def _to_body(event: Event) -> str:
    # In ASCII, because SQS refuses some characters that JSON does not escape, such as U+FFFF.
    return json.dumps({"detailType": event.detail_type, "detail": event.detail})
