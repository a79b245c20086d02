"""Redelivery: events that the bus refused are published as they would have been."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import logger
from twilio_connector.invocation.sqs_batch import process

# Of one call to AWS, which is not repeated by its client: the publisher and the queue try again.
AWS_CONNECT_SECONDS, AWS_READ_SECONDS = 1.0, 4.0
# Longer than a call to the bus and one to the queue take, 2 * (1 + 4): none is started that Lambda would cut off.
MIN_REDELIVERY_SECONDS = 12.0
# Doubled at each failure. With the queue's maxReceiveCount of 20, the bus may be away for some ten hours.
FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 3600


def pause_after(receives: int) -> int:
    """Seconds until an event is tried again that was received *receives* times: 30, 60, … 3600, of which half varies.

    What was refused together would otherwise come back together.
    """
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (receives - 1))
    return round(random.uniform(longest / 2, longest))


@dataclass(frozen=True)
class Redelivery:
    """Publishes what the undelivered queue brings. *pause* gives seconds by the number of receives."""

    outbox: Outbox
    pause: Callable[[int], int] = pause_after

    def handle(self, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """Publish the events in the SQS records of *event*; returns the partial batch response.

        A record that fails stays in the queue and comes again, each time later than before, until the queue gives it up
        to its dead-letter queue.
        """

        def publish(_message_id: str, body: str) -> None:
            self.outbox.publisher.publish([UndeliveredQueue.parse(body)], deadline)

        response = process(event, publish, deadline)
        failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
        self._delay([record for record in event["Records"] if record["messageId"] in failed])
        return response

    def _delay(self, records: list[dict[str, Any]]) -> None:
        if not records:
            return
        pauses = {
            record["receiptHandle"]: self.pause(int(record["attributes"]["ApproximateReceiveCount"]))
            for record in records
        }
        try:
            self.outbox.undelivered.delay(pauses)
        except ServiceUnavailableError as exc:
            # They still come again, when the queue's own visibility time-out is over.
            logger.warning("Events will be tried again without a pause", extra={"reason": str(exc)})
