"""The undelivered queue keeps all that it is given, unchanged, in time, or the caller hears of it."""

import json
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.examples import example_events
from tests.support.fakes import FakeClock, FakeQueue
from twilio_connector.bus.event import MAX_BYTES, Event
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def queue(fake: FakeQueue) -> UndeliveredQueue:
    return UndeliveredQueue(cast("SQSClient", fake), "https://queue")


def kept(fake: FakeQueue) -> list[Event]:
    return [UndeliveredQueue.parse(body) for body in fake.bodies]


def test_events_of_the_largest_size_are_kept_within_the_limit_of_a_call() -> None:
    # Each character takes three times its UTF-8 in the body, and quotes are escaped once more.
    fake, wanted = FakeQueue(), [Event.of("t", {"text": 'é"' * (MAX_BYTES // 5)}) for _ in range(5)]
    queue(fake).put(wanted)
    assert kept(fake) == wanted


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


@given(st.text(st.characters(exclude_categories=())))
def test_an_event_survives_the_queue_unchanged_in_characters_that_sqs_takes(text: str) -> None:
    event, fake = Event.of("t", {"text": text}), FakeQueue()
    queue(fake).put([event])
    assert kept(fake) == [event]
    assert json.loads(fake.bodies[0])
    assert fake.bodies[0].isascii()
    assert min(fake.bodies[0]) >= " "
