"""Nothing is acknowledged before it is stored, whatever fails."""

import json

import pytest

from tests.support.fakes import TIMED_OUT
from tests.support.webhook_deployment import KEY_ONLY, SECRET, Deployment
from tests.support.webhook_requests import (
    AUTH_TOKEN,
    INBOUND,
    STATUS,
    form_event,
    json_event,
)
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.webhook.budget import CALL_SECONDS, LATEST_START_SECONDS


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def test_what_no_event_can_hold_is_too_large(deployed: Deployment) -> None:
    assert deployed.status_of(form_event({**INBOUND, "Body": "x" * 300_000})) == 413
    assert deployed.bus.entries == []
    assert deployed.queue.bodies == []


def test_what_the_bus_has_no_time_for_is_kept(deployed: Deployment) -> None:
    deployed.secrets.seconds = LATEST_START_SECONDS
    assert deployed.status_of(form_event(STATUS)) == 204
    assert (len(deployed.bus.entries), len(deployed.queue.bodies)) == (0, 1)
    assert deployed.status_of(form_event(STATUS)) == 204
    assert (len(deployed.bus.entries), len(deployed.queue.bodies)) == (1, 1)


def test_a_large_batch_is_stored_whole(deployed: Deployment) -> None:
    batch = [{"specversion": "1.0", "id": f"EZ{number}", "data": {"text": "x" * 4_000}} for number in range(300)]
    assert deployed.status_of(json_event(batch)) == 204
    assert [detail["id"] for detail in deployed.bus.details("Webhook Received")] == [one["id"] for one in batch]


def test_of_a_batch_everything_that_the_bus_refuses_is_kept(deployed: Deployment) -> None:
    batch = [{"specversion": "1.0", "id": f"EZ{number}"} for number in range(35)]
    deployed.refuse_all(after_calls=1)
    assert deployed.status_of(json_event(batch)) == 204
    published = [detail["id"] for detail in deployed.bus.details("Webhook Received")]
    kept = [json.loads(UndeliveredQueue.parse(body).detail)["id"] for body in deployed.queue.bodies]
    assert published + kept == [one["id"] for one in batch]
    assert len(kept) == 25


def test_of_a_batch_an_event_that_is_too_large_does_not_take_the_others_with_it(deployed: Deployment) -> None:
    batch = [
        {"specversion": "1.0", "id": f"EZ{number}", "data": "x" * size} for number, size in enumerate((1, 300_000, 1))
    ]
    assert deployed.status_of(json_event(batch)) == 413
    assert [detail["id"] for detail in deployed.bus.details("Webhook Received")] == ["EZ0", "EZ2"]


@pytest.mark.parametrize("queue_seconds", [0.0, CALL_SECONDS])
@pytest.mark.parametrize("secret_seconds", [tenths / 10 for tenths in range(13)])
@pytest.mark.parametrize("bus_seconds", [tenths / 10 for tenths in range(13)])
@pytest.mark.parametrize("refusal", ["call", "entry"])
def test_however_long_a_bus_takes_to_refuse_the_event_is_kept_in_time(
    deployed: Deployment, refusal: str, bus_seconds: float, secret_seconds: float, queue_seconds: float
) -> None:
    began = deployed.clock.now
    deployed.secrets.seconds = secret_seconds
    deployed.bus.clock, deployed.bus.seconds = deployed.clock, bus_seconds
    deployed.queue.clock, deployed.queue.seconds = deployed.clock, queue_seconds
    if refusal == "call":
        deployed.bus.failure = TIMED_OUT
    else:
        deployed.refuse_all()
    assert deployed.status_of(form_event(STATUS)) == 204
    assert len(deployed.queue.bodies) == 1
    assert deployed.clock.now - began <= 4.0


@pytest.mark.parametrize("secret", [SECRET, json.dumps(KEY_ONLY)], ids=["one secret", "two secrets"])
@pytest.mark.parametrize("slow_calls", range(4))
def test_the_slowest_way_takes_four_seconds(deployed: Deployment, secret: str, slow_calls: int) -> None:
    began = deployed.clock.now
    deployed.queue.clock, deployed.queue.seconds = deployed.clock, CALL_SECONDS
    deployed.secrets.seconds, deployed.secrets.timeouts = CALL_SECONDS, slow_calls
    deployed.secrets.put("default", secret)
    deployed.secrets.put("default/auth-token", json.dumps({"authToken": AUTH_TOKEN}))
    status = deployed.status_of(form_event(STATUS))
    assert deployed.clock.now - began <= 4.0
    assert status == (204 if deployed.bus.entries or deployed.queue.bodies else 503)


def test_a_first_call_that_is_too_slow_loses_nothing(deployed: Deployment) -> None:
    deployed.secrets.seconds, deployed.secrets.timeouts = CALL_SECONDS, 1
    assert deployed.status_of(form_event(STATUS)) == 204
    assert len(deployed.queue.bodies) == 1
