"""The functions webhook and redeliver, wired as they are deployed."""

import json
from typing import Any

import pytest

from tests.support.webhook_requests import ACCOUNT_SID, AUTH_TOKEN, MESSAGE_SID, load_event
from tests.support.world import World

SECRET = {"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN}
API_BASE_URL = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"


@pytest.fixture
def deployed(world: World) -> World:
    """With the account that the requests in `events/` come from."""
    world.secrets.put_secret_value(SecretId="twilio/connections/default", SecretString=json.dumps(SECRET))
    world.overrides["API_BASE_URL"] = API_BASE_URL
    return world


def kept_by(world: World) -> dict[str, Any]:
    """What is in the undelivered queue, as its function receives it."""
    messages = world.sqs.receive_message(QueueUrl=world.undelivered_url, MaxNumberOfMessages=10)["Messages"]
    record = load_event("undelivered-queue")["Records"][0]
    return {"Records": [{**record, "messageId": message["MessageId"], "body": message["Body"]} for message in messages]}


@pytest.mark.parametrize(
    ("name", "status", "detail_type", "ids"),
    [
        ("http-api-inbound-message", 200, "Message Received", [MESSAGE_SID]),
        ("rest-api-inbound-message", 200, "Message Received", [MESSAGE_SID]),
        ("http-api-status-callback", 204, "Message Status Updated", [f"{MESSAGE_SID}:delivered"]),
        ("http-api-get", 204, "Message Status Updated", [f"{MESSAGE_SID}:delivered"]),
        ("function-url-status-callback", 204, "Message Status Updated", [f"{MESSAGE_SID}:delivered"]),
        ("http-api-event-streams", 204, "Webhook Received", [f"EZ{1:032x}", f"EZ{2:032x}"]),
    ],
)
def test_every_kind_of_request_is_verified_and_published(
    deployed: World, name: str, status: int, detail_type: str, ids: list[str]
) -> None:
    assert deployed.invoke("webhook", load_event(name))["statusCode"] == status
    assert [detail["id"] for detail in deployed.bus.details(detail_type)] == ids


@pytest.mark.parametrize("name", ["http-api-inbound-message", "http-api-get", "http-api-event-streams"])
def test_no_request_of_another_deployment_is_accepted(world: World, name: str) -> None:
    assert world.invoke("webhook", load_event(name))["statusCode"] == 403
    assert world.bus.entries == []


def test_what_the_bus_refuses_is_published_later_as_it_was(deployed: World) -> None:
    deployed.bus.refusals = [1, 1, 1]
    assert deployed.invoke("webhook", load_event("http-api-status-callback"))["statusCode"] == 204
    assert deployed.bus.entries == []
    assert deployed.invoke("redeliver", kept_by(deployed)) == {"batchItemFailures": []}
    [detail] = deployed.bus.details("Message Status Updated")
    assert detail["id"] == f"{MESSAGE_SID}:delivered"


def test_a_rotation_in_secrets_manager_is_noticed_by_a_warm_function(deployed: World) -> None:
    event = load_event("http-api-status-callback")
    assert deployed.invoke("webhook", event)["statusCode"] == 204
    rotated = {**SECRET, "authToken": "f" * 32}
    deployed.secrets.put_secret_value(SecretId="twilio/connections/default", SecretString=json.dumps(rotated))
    deployed.invoke("webhook", {**event, "headers": {**event["headers"], "x-twilio-signature": "A" * 27 + "="}})
    # Signed with the token that has just become the previous one.
    assert deployed.invoke("webhook", event)["statusCode"] == 204
