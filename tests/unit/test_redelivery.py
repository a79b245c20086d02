"""Redelivery publishes what was kept, as it would have arrived, and gives back what still fails."""

import json
from typing import Any

import pytest

from tests.fakes import BUS, FakeBus, FakeClock, FakeQueue
from tests.unit.webhook_requests import load_event
from twilio_connector.deadline import Deadline
from twilio_connector.publishing import Event, Publisher, UndeliveredQueue
from twilio_connector.redelivery import redeliver

SOON = Deadline.after(3600)
DETAIL = json.loads(json.loads(load_event("undelivered-queue")["Records"][0]["body"])["detail"])


def kept(*ids: str) -> dict[str, Any]:
    """The SQS event of events that the undelivered queue stored."""
    queue = FakeQueue()
    for event_id in ids:
        event = Event.of("Message Status Updated", {**DETAIL, "id": event_id})
        UndeliveredQueue(queue, "https://sqs/undelivered").put(event)  # type: ignore[arg-type]
    record = load_event("undelivered-queue")["Records"][0]
    return {
        "Records": [{**record, "messageId": f"m{number}", "body": body} for number, body in enumerate(queue.bodies)]
    }


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


def publisher(bus: FakeBus) -> Publisher:
    return Publisher(bus, BUS, sleep=lambda _: None)  # type: ignore[arg-type]


def failed(response: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def test_events_are_published_as_they_were_kept(bus: FakeBus) -> None:
    assert failed(redeliver(kept("a:sent", "b:sent"), publisher(bus), SOON)) == []
    details = bus.details("Message Status Updated")
    assert details == [{**DETAIL, "id": "a:sent"}, {**DETAIL, "id": "b:sent"}]


def test_only_what_the_bus_refuses_again_is_given_back(bus: FakeBus) -> None:
    bus.refusals = [0, 1, 1, 1, 0]
    assert failed(redeliver(kept("a:sent", "b:sent", "c:sent"), publisher(bus), SOON)) == ["m1"]
    assert [detail["id"] for detail in bus.details("Message Status Updated")] == ["a:sent", "c:sent"]


def test_everything_may_fail_without_an_error(bus: FakeBus) -> None:
    bus.refusals = [1] * 100
    assert failed(redeliver(kept("a:sent", "b:sent"), publisher(bus), SOON)) == ["m0", "m1"]


@pytest.mark.parametrize("body", ["", "not json", "[]", "{}", '{"detailType": 1}'])
def test_a_record_that_holds_no_event_does_not_fail_its_neighbour(bus: FakeBus, body: str) -> None:
    event = kept("a:sent", "b:sent")
    event["Records"][0]["body"] = body
    assert failed(redeliver(event, publisher(bus), SOON)) == ["m0"]
    assert len(bus.entries) == 1


def test_nothing_is_begun_after_the_deadline(bus: FakeBus) -> None:
    assert failed(redeliver(kept("a:sent", "b:sent"), publisher(bus), Deadline.after(0))) == ["m0", "m1"]
    assert bus.entries == []


def test_a_record_is_not_tried_again_after_the_deadline(bus: FakeBus) -> None:
    clock = FakeClock()

    def sleep(seconds: float) -> None:
        clock.now += seconds

    bus.refusals = [1] * 100
    impatient = Publisher(bus, BUS, retry_seconds=[5.0, 5.0], sleep=sleep)  # type: ignore[arg-type]
    assert failed(redeliver(kept("a:sent", "b:sent"), impatient, Deadline.after(5.0, clock))) == ["m0", "m1"]
    assert len(bus.refusals) == 99
