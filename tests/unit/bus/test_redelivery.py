"""Redelivery publishes what was kept, as it would have arrived, and gives back what still fails."""

import json
from typing import Any

import pytest

from tests.support.fakes import BUS, TIMED_OUT, FakeBus, FakeClock, FakeQueue
from tests.support.webhook_requests import load_event
from twilio_connector.bus.event import Event
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.redelivery import LONGEST_PAUSE_SECONDS, Redelivery, pause_after
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.invocation.deadline import Deadline

SOON = Deadline.after(3600)
DETAIL = json.loads(json.loads(load_event("undelivered-queue")["Records"][0]["body"])["detail"])


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
def redelivery(bus: FakeBus, queue: FakeQueue) -> Redelivery:
    publisher = Publisher(bus, BUS, sleep=lambda _: None)  # type: ignore[arg-type]
    undelivered = UndeliveredQueue(queue, "https://sqs/undelivered")  # type: ignore[arg-type]
    return Redelivery(Outbox(publisher, undelivered), lambda receives: 10 * receives)


def kept(*ids: str) -> dict[str, Any]:
    """The SQS event of events that the undelivered queue stored, each received once more than the one before."""
    queue = FakeQueue()
    events = [Event.of("Message Status Updated", {**DETAIL, "id": event_id}) for event_id in ids]
    UndeliveredQueue(queue, "https://sqs/undelivered").put(events)  # type: ignore[arg-type]
    record = load_event("undelivered-queue")["Records"][0]
    return {
        "Records": [
            {
                **record,
                "messageId": f"m{number}",
                "receiptHandle": f"r{number}",
                "attributes": {**record["attributes"], "ApproximateReceiveCount": str(number + 1)},
                "body": body,
            }
            for number, body in enumerate(queue.bodies)
        ]
    }


def failed(response: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_events_are_published_as_they_were_kept(redelivery: Redelivery, bus: FakeBus, queue: FakeQueue) -> None:
    assert failed(redelivery.handle(kept("a:sent", "b:sent"), SOON)) == []
    details = bus.details("Message Status Updated")
    assert details == [{**DETAIL, "id": "a:sent"}, {**DETAIL, "id": "b:sent"}]
    assert queue.hidden == {}


def test_only_what_the_bus_refuses_again_is_given_back(redelivery: Redelivery, bus: FakeBus, queue: FakeQueue) -> None:
    bus.refusals = [0, 1, 1, 1, 0]
    assert failed(redelivery.handle(kept("a:sent", "b:sent", "c:sent"), SOON)) == ["m1"]
    assert [detail["id"] for detail in bus.details("Message Status Updated")] == ["a:sent", "c:sent"]
    assert queue.hidden == {"r1": 20}


def test_what_failed_more_often_waits_longer(redelivery: Redelivery, bus: FakeBus, queue: FakeQueue) -> None:
    bus.refusals = [1] * 100
    assert failed(redelivery.handle(kept("a:sent", "b:sent", "c:sent"), SOON)) == ["m0", "m1", "m2"]
    assert queue.hidden == {"r0": 10, "r1": 20, "r2": 30}


def test_a_pause_that_cannot_be_asked_for_changes_nothing_else(
    redelivery: Redelivery, bus: FakeBus, queue: FakeQueue
) -> None:
    bus.refusals, queue.failure = [1, 1, 1, 0], TIMED_OUT
    assert failed(redelivery.handle(kept("a:sent", "b:sent"), SOON)) == ["m0"]
    assert len(bus.entries) == 1


@pytest.mark.parametrize(("receives", "longest"), [(1, 30), (2, 60), (7, 1920), (8, 3600), (20, 3600), (1000, 3600)])
def test_pauses_double_up_to_an_hour_and_half_of_each_varies(receives: int, longest: int) -> None:
    pauses = {pause_after(receives) for _ in range(200)}
    assert longest / 2 <= min(pauses) < max(pauses) <= longest <= LONGEST_PAUSE_SECONDS


@pytest.mark.parametrize("body", ["", "not json", "[]", "{}", '{"detailType": 1}'])
def test_a_record_that_holds_no_event_does_not_fail_its_neighbour(
    redelivery: Redelivery, bus: FakeBus, body: str
) -> None:
    event = kept("a:sent", "b:sent")
    event["Records"][0]["body"] = body
    assert failed(redelivery.handle(event, SOON)) == ["m0"]
    assert len(bus.entries) == 1


def test_nothing_is_begun_after_the_deadline(redelivery: Redelivery, bus: FakeBus) -> None:
    assert failed(redelivery.handle(kept("a:sent", "b:sent"), Deadline.after(0))) == ["m0", "m1"]
    assert bus.entries == []


def test_a_record_is_not_tried_again_after_the_deadline(bus: FakeBus, queue: FakeQueue) -> None:
    clock = FakeClock()
    bus.refusals = [1] * 10
    impatient = Publisher(bus, BUS, retry_seconds=[4.0, 4.0], sleep=clock.sleep)  # type: ignore[arg-type]
    undelivered = UndeliveredQueue(queue, "https://sqs/undelivered")  # type: ignore[arg-type]
    redelivery = Redelivery(Outbox(impatient, undelivered))
    assert failed(redelivery.handle(kept("a:sent", "b:sent"), Deadline.after(5.0, clock))) == ["m0", "m1"]
    assert len(bus.refusals) == 10 - (2 + 1)
