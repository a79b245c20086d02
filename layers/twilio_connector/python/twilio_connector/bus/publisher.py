"""Publishing on the EventBridge bus: within the limits of PutEvents, and without losing what it refuses.

Limits: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from twilio_connector.aws import translated_errors
from twilio_connector.bus.batches import batches
from twilio_connector.bus.event import MAX_BYTES, SOURCE, Event, EventTooLargeError
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from mypy_boto3_events import EventBridgeClient

ENTRIES_PER_CALL = 10
# For callers that give threads: a page of usual messages makes four calls. A client of botocore keeps ten connections.
CALLS_AT_ONCE = 8
RETRY_SECONDS = (0.1, 0.4)
OUT_OF_TIME = "The time of this invocation has run out."


class EventsRefusedError(ServiceUnavailableError):
    """The bus took none or not all of the events; *events* are those that it did not take."""

    def __init__(self, message: str, events: Sequence[Event]) -> None:
        super().__init__(message)
        self.events = events


class Entry(NamedTuple):
    """An *event*, and what is *given* to PutEvents for it."""

    event: Event
    given: Any


def put_events_batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Split *events* into what single calls of PutEvents may hold, in order.

    Raises :class:`EventTooLargeError` for an event that no call can hold.
    """
    for call in batches(events, lambda event: event.size, count=ENTRIES_PER_CALL, size=MAX_BYTES):
        yield list(checked(call))


def checked(events: Iterable[Event]) -> Iterator[Event]:
    """The *events*. Raises :class:`EventTooLargeError` for one that is too large to publish."""
    for event in events:
        if event.size > MAX_BYTES:
            raise EventTooLargeError(f"A '{event.detail_type}' event of {event.size:,} bytes is too large to publish.")
        yield event


class Publisher:
    """Publishes on the bus *bus_name*; entries that fail are tried again alone, *retry_seconds* apart.

    :mod:`.custom_bus` does so on the other kind of bus, which has its own calls and its own way to split them.
    """

    def __init__(
        self,
        events: "EventBridgeClient",
        bus_name: str,
        *,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._events = events
        self._bus_name = bus_name
        self._retry_seconds = retry_seconds
        self._sleep = sleep

    def publish(
        self, events: Sequence[Event], deadline: Deadline | None = None, threads: "Executor | None" = None
    ) -> None:
        """Publish all *events*, starting no call after *deadline*, nor after one that the bus refuses for good.

        One call follows the other or, with *threads*, they are made in parallel; none goes on when this returns or
        raises one of its errors: :class:`EventTooLargeError`, and :class:`EventsRefusedError` with what is left.
        """
        refusals: list[EventsRefusedError] = []

        def publish(row: list[list[Entry]]) -> Sequence[Event]:
            """Publish the calls of one *row*, one after the other; returns the events that are left."""
            left: list[Event] = []
            for call in row:
                if refusals:
                    left += [entry.event for entry in call]
                    continue
                try:
                    self._publish_call(call, deadline)
                except EventsRefusedError as exc:
                    refusals.append(exc)
                    left += exc.events
            return left

        rows = self._rows(events)
        if threads and len(rows) > 1:
            outcomes = [outcome.result() for outcome in [threads.submit(publish, row) for row in rows]]
        else:
            outcomes = [publish(row) for row in rows]
        if refusals:
            left = [event for outcome in outcomes for event in outcome]
            raise EventsRefusedError(str(refusals[0]), left) from refusals[0]

    def _rows(self, events: Sequence[Event]) -> list[list[list[Entry]]]:
        """The calls for *events*, in rows: those of one follow one another, rows may be made side by side."""
        return [[[self._entry(event) for event in call]] for call in put_events_batches(events)]

    def _entry(self, event: Event) -> Entry:
        given = {
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Detail": event.detail,
            "EventBusName": self._bus_name,
        }
        return Entry(event, given)

    def _publish_call(self, call: list[Entry], deadline: Deadline | None) -> None:
        if deadline and not deadline.remaining():
            raise EventsRefusedError(OUT_OF_TIME, [entry.event for entry in call])
        call, reason = self._put(call)
        for pause in self._retry_seconds:
            # Nobody waits for a call that will not be made: what is left of the time is for keeping the events.
            if not call or (deadline and deadline.remaining() <= pause):
                break
            count("PublishRetries")
            self._sleep(pause)
            call, reason = self._put(call)
        if call:
            raise EventsRefusedError(reason, [entry.event for entry in call])

    def _put(self, call: list[Entry]) -> tuple[list[Entry], str]:
        """One call; returns the entries that it did not take, and why."""
        try:
            with translated_errors("EventBridge"):
                answer = self._events.put_events(Entries=[entry.given for entry in call])
        except ServiceUnavailableError as exc:
            return call, str(exc)
        results = list(zip(call, answer["Entries"], strict=True))
        codes = {result["ErrorCode"] for _, result in results if "ErrorCode" in result}
        failed = [entry for entry, result in results if "EventId" not in result]
        return failed, f"EventBridge refused {len(failed)} of {len(call)} events: {', '.join(sorted(codes))}."
