"""Publishing: within the limits of PutEvents, in order, and nothing lost or doubled when it fails."""

import json
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


@given(TEXTS)
def test_json_is_utf_8_whatever_the_text_holds(text: str) -> None:
    encoded = encode({"text": text})
    assert json.loads(encoded.encode()) == {"text": text}


def test_an_event_does_not_print_its_detail() -> None:
    assert "sentinel" not in repr(Event.of("t", {"text": "sentinel"}))
