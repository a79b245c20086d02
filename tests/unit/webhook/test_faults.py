"""Whatever fails between Twilio and the bus: what is acknowledged arrives, as it would have arrived."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fakes import TIMED_OUT, FakeBus, FakeQueue, FakeSecrets, refused
from tests.support.secret_answers import KMS_DENIED, MARKED_FOR_DELETION, NO_VALUE, answer
from tests.support.webhook_deployment import KEY_ONLY, SECRET, Deployment
from tests.support.webhook_requests import INBOUND, STATUS, form_event, json_event, load_event
from twilio_connector.bus.redelivery import Redelivery
from twilio_connector.invocation.deadline import Deadline

CLOUD_EVENTS = [{"specversion": "1.0", "id": f"EZ{number}", "data": {"text": "Grüße 😀"}} for number in range(25)]
REQUESTS = {
    "inbound": (form_event({**INBOUND, "Body": "Grüße & 100 % 😀"}, query="order=4711"), 200),
    "status": (form_event(STATUS), 204),
    "batch": (json_event(CLOUD_EVENTS), 204),
}

BUS_FAULTS: dict[str, Callable[[FakeBus], object]] = {
    "refuses the call": lambda bus: setattr(bus, "failure", refused("AccessDeniedException")),
    "refuses entries": lambda bus: bus.refusals.extend([10] * 100),
    "refuses some entries": lambda bus: bus.refusals.extend([1] * 100),
    "times out": lambda bus: setattr(bus, "failure", TIMED_OUT),
}
QUEUE_FAULTS: dict[str, Callable[[FakeQueue], object]] = {
    "refuses the call": lambda queue: setattr(queue, "failure", refused("AccessDeniedException")),
    "times out": lambda queue: setattr(queue, "failure", TIMED_OUT),
}
SECRET_FAULTS: dict[str, tuple[Callable[[FakeSecrets], object], int]] = {
    "missing": (lambda secrets: secrets.remove("default"), 404),
    "being deleted": (
        lambda secrets: setattr(secrets, "failure", answer("InvalidRequestException", MARKED_FOR_DELETION)),
        404,
    ),
    "without a value": (
        lambda secrets: setattr(secrets, "failure", answer("ResourceNotFoundException", NO_VALUE)),
        403,
    ),
    "not JSON": (lambda secrets: secrets.put("default", "{"), 403),
    "without a token": (lambda secrets: secrets.put("default", json.dumps(KEY_ONLY)), 403),
    "denied": (lambda secrets: setattr(secrets, "failure", refused("AccessDeniedException")), 503),
    "throttled": (lambda secrets: setattr(secrets, "failure", refused("ThrottlingException")), 503),
    "denied by KMS": (
        lambda secrets: setattr(secrets, "failure", answer("AccessDeniedException", KMS_DENIED)),
        503,
    ),
    "not decryptable": (lambda secrets: setattr(secrets, "failure", refused("DecryptionFailure")), 503),
    "timed out": (lambda secrets: setattr(secrets, "failure", TIMED_OUT), 503),
}


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def published(bus: FakeBus) -> list[tuple[str, Any]]:
    """Detail-types and details, sorted: an order is not promised."""
    return sorted(
        ((entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries), key=lambda one: one[1]["id"]
    )


def redeliver(deployed: Deployment) -> None:
    """Let the redeliver function publish what the queue holds, on a bus that has recovered."""
    deployed.bus.refusals, deployed.bus.failure = [], None
    record = load_event("undelivered-queue")["Records"][0]
    records = [{**record, "messageId": str(number), "body": body} for number, body in enumerate(deployed.queue.bodies)]
    redelivery = Redelivery(deployed.webhook.outbox)
    assert redelivery.handle({"Records": records}, Deadline.after(60)) == {"batchItemFailures": []}


@pytest.mark.parametrize("fault", BUS_FAULTS)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_what_the_bus_does_not_take_arrives_later_as_it_would_have(
    deployed: Deployment, request_name: str, fault: str
) -> None:
    request, status = REQUESTS[request_name]
    undisturbed = Deployment()
    assert undisturbed.status_of(request) == status
    BUS_FAULTS[fault](deployed.bus)

    assert deployed.status_of(request) == status
    assert deployed.queue.bodies
    deployed.clock.now += 3600
    redeliver(deployed)

    assert published(deployed.bus) == published(undisturbed.bus)


@pytest.mark.parametrize("queue_fault", QUEUE_FAULTS)
@pytest.mark.parametrize("bus_fault", BUS_FAULTS)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_what_nobody_takes_is_not_acknowledged_and_may_come_again(
    deployed: Deployment, request_name: str, bus_fault: str, queue_fault: str
) -> None:
    request, status = REQUESTS[request_name]
    BUS_FAULTS[bus_fault](deployed.bus)
    QUEUE_FAULTS[queue_fault](deployed.queue)

    response = deployed.receive(request)
    assert (response["statusCode"], response["headers"]["retry-after"]) == (503, "5")

    deployed.bus.refusals, deployed.bus.failure = [], None
    assert deployed.status_of(request) == status


@pytest.mark.parametrize("queue_fault", QUEUE_FAULTS)
def test_a_queue_that_fails_does_not_matter_while_the_bus_works(deployed: Deployment, queue_fault: str) -> None:
    QUEUE_FAULTS[queue_fault](deployed.queue)
    assert deployed.status_of(form_event(STATUS)) == 204


@pytest.mark.parametrize("fault", SECRET_FAULTS)
def test_without_a_usable_secret_nothing_is_accepted_until_there_is_one(deployed: Deployment, fault: str) -> None:
    break_it, status = SECRET_FAULTS[fault]
    break_it(deployed.secrets)
    assert deployed.status_of(form_event(STATUS)) == status
    assert deployed.bus.entries == []

    deployed.secrets.failure = None
    deployed.secrets.put("default", SECRET)
    deployed.clock.now += 300
    assert deployed.status_of(form_event(STATUS)) == 204


def test_a_secret_that_fails_while_it_is_cached_does_not_matter(deployed: Deployment) -> None:
    assert deployed.status_of(form_event(STATUS)) == 204
    deployed.secrets.failure = TIMED_OUT
    assert deployed.status_of(form_event(STATUS)) == 204


def test_a_rotation_in_between_changes_nothing_for_what_was_kept(deployed: Deployment) -> None:
    deployed.bus.failure = TIMED_OUT
    assert deployed.status_of(form_event(STATUS)) == 204
    deployed.rotate("another")
    redeliver(deployed)
    assert len(deployed.bus.entries) == 1
    assert deployed.status_of(form_event(STATUS, token="another")) == 204
