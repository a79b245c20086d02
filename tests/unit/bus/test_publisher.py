"""Publishing: within the limits of PutEvents, in order, and nothing lost or doubled when it fails."""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import example_events
from tests.support.fakes import BUS, FakeBus, refused
from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError, encode
from twilio_connector.bus.publisher import ENTRIES_PER_CALL, EventsRefusedError, Publisher, put_events_batches
from twilio_connector.invocation.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

FULL = MAX_BYTES - Event("t", "").size
SIZES = st.integers(0, 60) | st.integers(FULL // 3, FULL) | st.integers(FULL - 60, FULL)
TEXTS = st.text(st.characters(exclude_categories=()))


def publisher(bus: Any, slept: list[float] | None = None) -> Publisher:
    pauses: list[float] = [] if slept is None else slept
    return Publisher(cast("EventBridgeClient", bus), BUS, retry_seconds=(0.1, 0.4), sleep=pauses.append)


def details(bus: FakeBus) -> list[str]:
    return [entry["Detail"] for entry in bus.entries]


@given(st.lists(SIZES, max_size=35))
@settings(max_examples=60, deadline=None)
def test_calls_stay_within_both_limits_keep_the_order_and_lose_nothing(sizes: list[int]) -> None:
    given_events = [Event("t", "x" * size) for size in sizes]

    calls = list(put_events_batches(given_events))

    assert [event for call in calls for event in call] == given_events
    for call in calls:
        assert 1 <= len(call) <= ENTRIES_PER_CALL
        assert sum(event.size for event in call) <= MAX_BYTES
    for call, following in pairwise(calls):
        full = sum(event.size for event in call) + following[0].size > MAX_BYTES
        assert full or len(call) == ENTRIES_PER_CALL


@pytest.mark.parametrize(("beyond", "calls"), [(0, 1), (1, 2)])
def test_a_call_is_filled_to_its_last_byte_and_not_beyond(beyond: int, calls: int) -> None:
    first = Event("t", "x" * 1_000)
    second = Event("t", "x" * (FULL - first.size + beyond))
    assert len(list(put_events_batches([first, second]))) == calls


def test_an_event_that_no_call_can_hold_is_refused_before_any_is_published() -> None:
    bus = FakeBus()
    assert [len(call) for call in put_events_batches([Event("t", "x" * FULL)])] == [1]
    with pytest.raises(EventTooLargeError, match=f"'t' event of {MAX_BYTES + 1:,} bytes"):
        publisher(bus).publish([*example_events(20), Event("t", "x" * (FULL + 1))])
    assert bus.entries == []


def test_events_go_to_the_named_bus_in_order() -> None:
    bus, wanted = FakeBus(), example_events(25)
    publisher(bus).publish(wanted)
    assert details(bus) == [event.detail for event in wanted]


def test_entries_that_fail_are_repeated_alone_after_a_pause() -> None:
    bus, wanted, slept = FakeBus(refusals=[3, 1]), example_events(10), list[float]()
    publisher(bus, slept).publish(wanted)
    assert details(bus) == [event.detail for event in wanted]
    assert slept == [0.1, 0.4]


def test_what_fails_for_good_is_told_exactly_with_all_that_comes_after() -> None:
    bus, wanted = FakeBus(refusals=[0, 4, 4, 4]), example_events(35)
    with pytest.raises(EventsRefusedError, match=r"EventBridge refused 4 of 4 events: InternalFailure.") as caught:
        publisher(bus).publish(wanted)
    assert details(bus) == [event.detail for event in wanted[:16]]
    assert caught.value.events == wanted[16:]


@given(st.integers(0, 40), st.lists(st.integers(0, 10), max_size=8))
@settings(max_examples=40, deadline=None)
def test_every_event_is_either_published_once_or_told_as_left(count: int, refusals: list[int]) -> None:
    bus, wanted = FakeBus(refusals=refusals), example_events(count)
    left: list[Event] = []
    try:
        publisher(bus).publish(wanted)
    except EventsRefusedError as exc:
        left = list(exc.events)
    assert sorted(details(bus) + [event.detail for event in left]) == sorted(event.detail for event in wanted)


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (refused("ThrottlingException"), "ThrottlingException"),
        (EndpointConnectionError(endpoint_url="https://events"), "EndpointConnectionError"),
    ],
)
def test_a_bus_that_cannot_be_called_leaves_everything_after_the_same_attempts(failure: Exception, told: str) -> None:
    slept: list[float] = []
    wanted = example_events(12)
    with pytest.raises(EventsRefusedError, match=told) as caught:
        publisher(FakeBus(failure=failure), slept).publish(wanted)
    assert caught.value.events == wanted
    assert slept == [0.1, 0.4]


def test_no_call_is_begun_after_the_deadline() -> None:
    bus, now = FakeBus(refusals=[10]), [0.0]
    deadline = Deadline.after(0.3, clock=lambda: now[0])

    def sleep(seconds: float) -> None:
        now[0] += seconds

    slow = Publisher(cast("EventBridgeClient", bus), BUS, retry_seconds=(0.4, 0.4), sleep=sleep)
    with pytest.raises(EventsRefusedError) as caught:
        slow.publish(example_events(12), deadline)
    assert len(caught.value.events) == 12
    assert bus.entries == []


# Longer than any test takes: what waits so long waits for ever.
PATIENCE = 30.0


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


@dataclass
class MeetingBus:
    """A bus whose calls are answered as soon as *guests* of them are there together."""

    guests: int
    at_once: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(self.guests)

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.barrier.wait(PATIENCE)
        with self.lock:
            self.at_once -= 1
        return {"Entries": [{"EventId": "1"} for _ in Entries]}


def test_calls_wait_for_each_other_unless_threads_are_given(threads: ThreadPoolExecutor) -> None:
    alone, together = MeetingBus(1), MeetingBus(4)
    publisher(alone).publish(example_events(40))
    assert alone.most == 1

    publisher(together).publish(example_events(80), threads=threads)
    # As many as there are threads, of eight calls.
    assert together.most == 4


@dataclass
class FickleBus:
    """A bus that takes of the call with the event *n* all but the first ``refusals[n]`` entries, for ever."""

    refusals: dict[int, int]
    taken: list[str] = field(default_factory=list)

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        refused = self.refusals.get(int(json.loads(Entries[-1]["Detail"])["number"]) // ENTRIES_PER_CALL, 0)
        refused = min(refused, len(Entries))
        self.taken += [entry["Detail"] for entry in Entries[refused:]]
        return {"Entries": [{"ErrorCode": "InternalFailure"}] * refused + [{"EventId": "1"}] * (len(Entries) - refused)}


@given(st.integers(0, 75), st.dictionaries(st.integers(0, 7), st.integers(1, 10)), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_side_by_side_every_event_is_either_published_once_or_told_as_left(
    count: int, refusals: dict[int, int], at_once: int
) -> None:
    bus, wanted = FickleBus(refusals), [Event.of("t", {"number": number}) for number in range(count)]
    left: list[Event] = []
    with ThreadPoolExecutor(at_once) as executor:
        try:
            publisher(bus).publish(wanted, threads=executor)
        except EventsRefusedError as exc:
            left = list(exc.events)
    assert sorted(bus.taken + [event.detail for event in left]) == sorted(event.detail for event in wanted)
    assert bool(left) == any(call * ENTRIES_PER_CALL < count for call in refusals)


class Crowd(FakeBus):
    """A bus that refuses its first call for good, once another one hangs, which it lets go on request."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.hangs, self.may_go_on, self.refused = threading.Event(), threading.Event(), threading.Event()
        self._first: str | None = None
        self._lock = threading.Lock()

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        with self._lock:
            self.calls += 1
            self._first = self._first or Entries[0]["Detail"]
        if Entries[0]["Detail"] == self._first:
            assert self.hangs.wait(PATIENCE)
            self.refused.set()
            raise refused("InternalFailure")
        self.hangs.set()
        assert self.may_go_on.wait(PATIENCE)
        return super().put_events(Entries=Entries)


def test_side_by_side_nothing_begins_once_the_bus_refuses_and_what_had_begun_is_awaited() -> None:
    bus, wanted = Crowd(), example_events(50)
    # What was left, and what the bus had, when publishing ended.
    told: list[tuple[list[str], list[str]]] = []

    def publish(executor: ThreadPoolExecutor) -> None:
        with pytest.raises(EventsRefusedError) as caught:
            Publisher(cast("EventBridgeClient", bus), BUS, retry_seconds=()).publish(wanted, threads=executor)
        told.append(([event.detail for event in caught.value.events], details(bus)))

    with ThreadPoolExecutor(2) as executor:
        caller = threading.Thread(target=publish, args=[executor])
        caller.start()
        assert bus.refused.wait(PATIENCE)
        bus.may_go_on.set()
        caller.join(PATIENCE)

    ((left, taken),) = told
    assert bus.calls == 2
    assert len(taken) == 10
    assert sorted(taken + left) == sorted(event.detail for event in wanted)


def test_side_by_side_no_call_is_begun_after_the_deadline(threads: ThreadPoolExecutor) -> None:
    bus, now, wanted = FakeBus(), [0.0], example_events(80)
    deadline = Deadline.after(0.3, clock=lambda: now[0])

    class Slow(MeetingBus):
        def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
            answer = super().put_events(Entries=Entries)
            now[0] = 1.0
            bus.put_events(Entries=Entries)
            return answer

    with pytest.raises(EventsRefusedError, match="time") as caught:
        publisher(Slow(4)).publish(wanted, deadline, threads)
    assert len(bus.entries) == 40
    assert sorted(details(bus) + [event.detail for event in caught.value.events]) == sorted(
        event.detail for event in wanted
    )


@given(TEXTS)
def test_json_is_utf_8_whatever_the_text_holds(text: str) -> None:
    encoded = encode({"text": text})
    assert json.loads(encoded.encode()) == {"text": text}


def test_an_event_does_not_print_its_detail() -> None:
    assert "sentinel" not in repr(Event.of("t", {"text": "sentinel"}))
