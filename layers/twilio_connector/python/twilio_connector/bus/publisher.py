"""Publishing on the EventBridge bus: within the limits of PutEvents, and without losing what it refuses.

Limits: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

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
# By who gives threads: a page of usual messages makes four calls. A client of botocore keeps ten connections.
CALLS_AT_ONCE = 8
RETRY_SECONDS = (0.1, 0.4)


class EventsRefusedError(ServiceUnavailableError):
    """The bus took none or not all of the events; *events* are those that it did not take."""

    def __init__(self, message: str, events: Sequence[Event]) -> None:
        super().__init__(message)
        self.events = events


def put_events_batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Split *events* into what single calls of PutEvents may hold, in order.

    Raises :class:`EventTooLargeError` for an event that no call can hold.
    """
    for call in batches(events, lambda event: event.size, count=ENTRIES_PER_CALL, size=MAX_BYTES):
        for event in call:
            if event.size > MAX_BYTES:
                raise EventTooLargeError(
                    f"A '{event.detail_type}' event of {event.size:,} bytes is too large to publish."
                )
        yield call


class Publisher:
    """Publishes on the bus *bus_name*; entries that fail are tried again alone, *retry_seconds* apart."""

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

        One call follows the other or, with *threads*, they are made side by side; none goes on when this returns or
        raises one of its errors: :class:`EventTooLargeError`, and :class:`EventsRefusedError` with what is left.
        """
        refusals: list[EventsRefusedError] = []

        def publish(call: list[Event]) -> Sequence[Event]:
            """Publish the events of one *call*; returns those that are left."""
            if refusals:
                return call
            try:
                self._publish_call(call, deadline)
            except EventsRefusedError as exc:
                refusals.append(exc)
                return exc.events
            return ()

        calls = list(put_events_batches(events))
        if threads and len(calls) > 1:
            outcomes = [outcome.result() for outcome in [threads.submit(publish, call) for call in calls]]
        else:
            outcomes = [publish(call) for call in calls]
        if refusals:
            left = [event for outcome in outcomes for event in outcome]
            raise EventsRefusedError(str(refusals[0]), left) from refusals[0]

    def _publish_call(self, call: list[Event], deadline: Deadline | None) -> None:
        if deadline and not deadline.remaining():
            raise EventsRefusedError("The time of this invocation has run out.", call)
        call, reason = self._put(call)
        for pause in self._retry_seconds:
            # Nobody waits for a call that will not be made: what is left of the time is for keeping the events.
            if not call or (deadline and deadline.remaining() <= pause):
                break
            count("PublishRetries")
            self._sleep(pause)
            call, reason = self._put(call)
        if call:
            raise EventsRefusedError(reason, call)

    def _put(self, call: list[Event]) -> tuple[list[Event], str]:
        """One call; returns the events that it did not take, and why."""
        try:
            with translated_errors("EventBridge"):
                answer = self._events.put_events(
                    Entries=[
                        {
                            "Source": SOURCE,
                            "DetailType": event.detail_type,
                            "Detail": event.detail,
                            "EventBusName": self._bus_name,
                        }
                        for event in call
                    ]
                )
        except ServiceUnavailableError as exc:
            return call, str(exc)
        results = list(zip(call, answer["Entries"], strict=True))
        codes = {result["ErrorCode"] for _, result in results if "ErrorCode" in result}
        failed = [event for event, result in results if "EventId" not in result]
        return failed, f"EventBridge refused {len(failed)} of {len(call)} events: {', '.join(sorted(codes))}."
