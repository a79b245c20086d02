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
NO_TIME_LEFT = "There was no time left to keep all events for redelivery."


class EventsNotKeptError(ServiceUnavailableError):
    """The queue took none or not all of the events; *events* are those that it did not take."""

    def __init__(self, message: str, events: Sequence[Event]) -> None:
        super().__init__(message)
        self.events = events


class UndeliveredQueue:
    """The queue at *url*."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def put(self, events: Sequence[Event], deadline: Deadline | None = None) -> None:
        """Store all *events*, starting no call after *deadline*. Raises :class:`EventsNotKeptError`."""
        bodies = [(event, _to_body(event)) for event in events]
        calls = list(batches(bodies, lambda each: len(each[1]), count=MESSAGES_PER_CALL, size=CALL_BYTES))
        for number, call in enumerate(calls):
            if deadline and not deadline.remaining():
                refused, reason = [event for event, _ in call], NO_TIME_LEFT
            else:
                refused, reason = self._put(call)
            if refused:
                later = [event for following in calls[number + 1 :] for event, _ in following]
                raise EventsNotKeptError(reason, [*refused, *later])

    def _put(self, call: Sequence[tuple[Event, str]]) -> tuple[list[Event], str]:
        """One call; returns the events that it did not take, and why."""
        try:
            with translated_errors("SQS"):
                answer = self._sqs.send_message_batch(
                    QueueUrl=self._url,
                    Entries=[{"Id": str(number), "MessageBody": body} for number, (_, body) in enumerate(call)],
                )
        except ServiceUnavailableError as exc:
            return [event for event, _ in call], str(exc)
        failed = answer.get("Failed", [])
        codes = ", ".join(sorted({entry["Code"] for entry in failed}))
        refused = [call[int(entry["Id"])][0] for entry in failed]
        return refused, f"SQS refused {len(refused)} of {len(call)} messages: {codes}."

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
