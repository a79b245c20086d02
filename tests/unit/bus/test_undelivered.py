"""What the bus refuses is kept: all of it, unchanged, in time, or the caller hears of it."""

import json
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import example_events
from tests.support.fakes import BUS, TIMED_OUT, FakeBus, FakeClock, FakeQueue
from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue, publish_or_keep
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

REFUSED = [10] * 100


def publisher(bus: FakeBus) -> Publisher:
    return Publisher(cast("EventBridgeClient", bus), BUS, sleep=lambda _: None)


def queue(fake: FakeQueue) -> UndeliveredQueue:
    return UndeliveredQueue(cast("SQSClient", fake), "https://queue")


def kept(fake: FakeQueue) -> list[Event]:
    return [UndeliveredQueue.parse(body) for body in fake.bodies]


def test_what_the_bus_refuses_is_kept_and_the_rest_published() -> None:
    bus, fake, wanted = FakeBus(refusals=[2, 2, 2]), FakeQueue(), example_events(5)
    publish_or_keep(publisher(bus), queue(fake), wanted)
    assert [entry["Detail"] for entry in bus.entries] == [event.detail for event in wanted[:3]]
    assert kept(fake) == wanted[3:]


def test_several_hundred_events_are_kept_in_batches() -> None:
    fake, wanted = FakeQueue(seconds=0.01, clock=FakeClock()), example_events(345)
    publish_or_keep(publisher(FakeBus(refusals=REFUSED)), queue(fake), wanted)
    assert kept(fake) == wanted


def test_events_of_the_largest_size_are_kept_within_the_limit_of_a_call() -> None:
    # Each character takes three times its UTF-8 in the body, and quotes are escaped once more.
    fake, wanted = FakeQueue(), [Event.of("t", {"text": 'é"' * (MAX_BYTES // 5)}) for _ in range(5)]
    queue(fake).put(wanted)
    assert kept(fake) == wanted


def test_what_neither_the_bus_nor_the_queue_takes_is_an_error() -> None:
    with pytest.raises(ServiceUnavailableError, match="SQS could not be reached"):
        publish_or_keep(publisher(FakeBus(refusals=REFUSED)), queue(FakeQueue(failure=TIMED_OUT)), example_events(1))


def test_a_single_message_that_the_queue_refuses_is_an_error() -> None:
    fake, wanted = FakeQueue(), example_events(3)
    queue(fake).put(wanted)
    fake.refused = {fake.bodies[1]}
    with pytest.raises(ServiceUnavailableError, match=r"^SQS refused 1 of 3 messages: InternalError\.$"):
        queue(fake).put(wanted)


def test_the_queue_is_not_called_after_its_deadline() -> None:
    clock = FakeClock()
    fake = FakeQueue(seconds=1.0, clock=clock)
    with pytest.raises(ServiceUnavailableError, match="no time left"):
        queue(fake).put(example_events(35), Deadline.after(2.0, clock))
    assert len(fake.bodies) == 20


def test_an_event_that_is_too_large_does_not_keep_the_others_from_being_stored() -> None:
    bus, fake, (first, second) = FakeBus(refusals=[1, 1, 1]), FakeQueue(), example_events(2)
    with pytest.raises(EventTooLargeError, match="1 of 3 events are too large"):
        publish_or_keep(publisher(bus), queue(fake), [first, Event("t", "x" * MAX_BYTES), second])
    assert [entry["Detail"] for entry in bus.entries] == [first.detail]
    assert kept(fake) == [second]


@given(st.text(st.characters(exclude_categories=())))
def test_an_event_survives_the_queue_unchanged_in_characters_that_sqs_takes(text: str) -> None:
    event, fake = Event.of("t", {"text": text}), FakeQueue()
    queue(fake).put([event])
    assert kept(fake) == [event]
    assert json.loads(fake.bodies[0])
    assert fake.bodies[0].isascii()
    assert min(fake.bodies[0]) >= " "
