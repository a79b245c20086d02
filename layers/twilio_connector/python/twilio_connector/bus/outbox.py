"""The bus and the queue behind it: what the one does not take, the other keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
from twilio_connector.bus.publisher import EventsRefusedError, Publisher
from twilio_connector.bus.undelivered import EventsNotKeptError, UndeliveredQueue
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger

if TYPE_CHECKING:
    from concurrent.futures import Executor


@dataclass(frozen=True)
class Outbox:
    """Where events go: to the bus by *publisher*; to *undelivered* what the bus refuses."""

    publisher: Publisher
    undelivered: UndeliveredQueue

    def store(
        self,
        events: Sequence[Event],
        *,
        beside: Sequence[Event] = (),
        publish_by: Deadline | None = None,
        keep_by: Deadline | None = None,
        threads: "Executor | None" = None,
    ) -> None:
        """Publish *events*; those that the bus refuses, or has not taken by *publish_by*, go to the undelivered queue.

        No call to the queue is begun after *keep_by*. Raises :class:`EventTooLargeError` after all the others are
        stored, and :class:`EventsNotKeptError`, with all that are stored nowhere, when the queue refuses, too. Events
        *beside* them travel in the same calls, as far as they fit, and raise nothing: if only such events can be stored
        nowhere, they are lost and counted. *threads* make the calls to the bus in parallel.
        """
        fitting, extra = ([event for event in group if event.size <= MAX_BYTES] for group in (events, beside))
        if len(extra) < len(beside):
            report_lost(len(beside) - len(extra), "They are too large to publish.")
        try:
            self.publisher.publish([*fitting, *extra], publish_by, threads)
        except EventsRefusedError as exc:
            self._keep(exc, extra, keep_by)
        if len(fitting) < len(events):
            raise EventTooLargeError(f"{len(events) - len(fitting)} of {len(events)} events are too large to publish.")

    def _keep(self, refusal: EventsRefusedError, extra: Sequence[Event], keep_by: Deadline | None) -> None:
        lost: EventsNotKeptError | None = None
        try:
            self.undelivered.put(refusal.events, keep_by)
        except EventsNotKeptError as exc:
            lost = exc
        if kept := len(refusal.events) - (len(lost.events) if lost else 0):
            logger.warning("Events kept for redelivery", extra={"reason": str(refusal), "events": kept})
            count("EventsUndelivered", kept)
        if lost:
            if any(event not in extra for event in lost.events):
                raise lost
            report_lost(len(lost.events), str(lost))


def report_lost(number: int, reason: str) -> None:
    """Log and count events that are stored nowhere and will not be sent again."""
    logger.error("Events were lost and will not be sent again", extra={"reason": reason, "events": number})
    count("EventsLost", number)
