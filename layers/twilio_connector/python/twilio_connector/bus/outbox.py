"""The bus and the queue behind it: what the one does not take, the other keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
from twilio_connector.bus.publisher import EventsRefusedError, Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger


@dataclass(frozen=True)
class Outbox:
    """Where events go: to the bus by *publisher*; to *undelivered* what the bus refuses."""

    publisher: Publisher
    undelivered: UndeliveredQueue

    def store(
        self, events: Sequence[Event], *, publish_by: Deadline | None = None, keep_by: Deadline | None = None
    ) -> None:
        """Publish *events*; those that the bus refuses, or has not taken by *publish_by*, go to the undelivered queue.

        No call to the queue is begun after *keep_by*. Raises :class:`EventTooLargeError` after all the others are
        stored, and :class:`ServiceUnavailableError` when the queue refuses, too.
        """
        fitting = [event for event in events if event.size <= MAX_BYTES]
        try:
            self.publisher.publish(fitting, publish_by)
        except EventsRefusedError as exc:
            self.undelivered.put(exc.events, keep_by)
            logger.warning("Events kept for redelivery", extra={"reason": str(exc), "events": len(exc.events)})
            count("EventsUndelivered", len(exc.events))
        if len(fitting) < len(events):
            raise EventTooLargeError(f"{len(events) - len(fitting)} of {len(events)} events are too large to publish.")
