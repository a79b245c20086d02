"""Nothing is acknowledged before it is stored, whatever fails."""

import json

import pytest

from tests.unit.webhook_deployment import Deployment
from tests.unit.webhook_requests import (
    INBOUND,
    STATUS,
    form_event,
    json_event,
)
from twilio_connector.undelivered import UndeliveredQueue
from twilio_connector.webhook import START_SECONDS


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def test_what_no_event_can_hold_is_too_large(deployed: Deployment) -> None:
    assert deployed.status_of(form_event({**INBOUND, "Body": "x" * 300_000})) == 413
    assert deployed.bus.entries == []
    assert deployed.queue.bodies == []


def test_what_the_bus_refuses_is_kept_before_it_is_acknowledged(deployed: Deployment) -> None:
    deployed.refuse_all()
    assert deployed.status_of(form_event(STATUS)) == 204
    [body] = deployed.queue.bodies
    event = UndeliveredQueue.parse(body)
    assert event.detail_type == "Message Status Updated"
    assert json.loads(event.detail)["receivedAt"] == "2026-03-15T14:32:10.000Z"


def test_what_nobody_takes_is_not_acknowledged(deployed: Deployment) -> None:
    deployed.refuse_all()
    deployed.queue.down = True
    response = deployed.receive(form_event(INBOUND))
    assert response["statusCode"] == 503
    assert response["headers"]["retry-after"] == "5"


def test_what_the_bus_has_no_time_for_is_kept(deployed: Deployment) -> None:
    deployed.secrets.seconds = START_SECONDS
    assert deployed.status_of(form_event(STATUS)) == 204
    assert (len(deployed.bus.entries), len(deployed.queue.bodies)) == (0, 1)
    assert deployed.status_of(form_event(STATUS)) == 204
    assert (len(deployed.bus.entries), len(deployed.queue.bodies)) == (1, 1)


def test_a_secret_that_cannot_be_read_is_not_a_forgery(deployed: Deployment) -> None:
    deployed.secrets.down = True
    assert deployed.status_of(form_event(STATUS)) == 503
    deployed.secrets.down = False
    assert deployed.status_of(form_event(STATUS)) == 204


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
