"""What the bus refuses is kept: all of it, or the caller hears of it."""

from typing import TYPE_CHECKING, cast

import pytest

from tests.support.examples import example_events
from tests.support.fakes import BUS, TIMED_OUT, FakeBus, FakeClock, FakeQueue
from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

REFUSED = [10] * 100


def outbox(bus: FakeBus, queue: FakeQueue) -> Outbox:
    publisher = Publisher(cast("EventBridgeClient", bus), BUS, sleep=lambda _: None)
    return Outbox(publisher, UndeliveredQueue(cast("SQSClient", queue), "https://queue"))


def kept(fake: FakeQueue) -> list[Event]:
    return [UndeliveredQueue.parse(body) for body in fake.bodies]


def test_what_the_bus_refuses_is_kept_and_the_rest_published() -> None:
    bus, fake, wanted = FakeBus(refusals=[2, 2, 2]), FakeQueue(), example_events(5)
    outbox(bus, fake).store(wanted)
    assert [entry["Detail"] for entry in bus.entries] == [event.detail for event in wanted[:3]]
    assert kept(fake) == wanted[3:]


def test_several_hundred_events_are_kept_in_batches() -> None:
    fake, wanted = FakeQueue(seconds=0.01, clock=FakeClock()), example_events(345)
    outbox(FakeBus(refusals=REFUSED), fake).store(wanted)
    assert kept(fake) == wanted


def test_what_neither_the_bus_nor_the_queue_takes_is_an_error() -> None:
    with pytest.raises(ServiceUnavailableError, match="SQS could not be reached"):
        outbox(FakeBus(refusals=REFUSED), FakeQueue(failure=TIMED_OUT)).store(example_events(1))


def test_an_event_that_is_too_large_does_not_keep_the_others_from_being_stored() -> None:
    bus, fake, (first, second) = FakeBus(refusals=[1, 1, 1]), FakeQueue(), example_events(2)
    with pytest.raises(EventTooLargeError, match="1 of 3 events are too large"):
        outbox(bus, fake).store([first, Event("t", "x" * MAX_BYTES), second])
    assert [entry["Detail"] for entry in bus.entries] == [first.detail]
    assert kept(fake) == [second]


def test_events_beside_others_travel_with_them() -> None:
    bus, fake, (first, second) = FakeBus(), FakeQueue(), example_events(2)
    outbox(bus, fake).store([first], beside=[second])
    assert [entry["Detail"] for entry in bus.entries] == [first.detail, second.detail]


def test_an_event_beside_others_that_is_too_large_is_lost_alone() -> None:
    bus, fake, (first,) = FakeBus(), FakeQueue(), example_events(1)
    outbox(bus, fake).store([first], beside=[Event("t", "x" * MAX_BYTES)])
    assert [entry["Detail"] for entry in bus.entries] == [first.detail]
    assert kept(fake) == []


@pytest.mark.parametrize("refused", [0, 1, 2])
def test_only_what_stands_beside_others_may_be_refused_by_all(refused: int) -> None:
    """Of two events and an additional one, neither bus nor queue takes the last *refused*."""
    wanted = example_events(3)
    bodies = FakeQueue()
    outbox(FakeBus(refusals=REFUSED), bodies).store(wanted)
    bus, fake = FakeBus(refusals=REFUSED), FakeQueue(refused=set(bodies.bodies[3 - refused :]))
    if refused > 1:
        with pytest.raises(ServiceUnavailableError, match="SQS refused 2 of 3 messages"):
            outbox(bus, fake).store(wanted[:2], beside=wanted[2:])
    else:
        outbox(bus, fake).store(wanted[:2], beside=wanted[2:])
    assert kept(fake) == wanted[: 3 - refused]
