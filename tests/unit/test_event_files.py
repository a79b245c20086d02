"""The HTTP requests in `events/` are accepted, the stored event is one, and the schemas hold what they promise."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from local.schemas import SCHEMAS, validate_detail
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_requests import ACCOUNT_SID, HTTP_REQUESTS, MESSAGE_SID, load_event
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.webhook.http_request import parse_request

WEBHOOK = {
    "id": "SM1:sent",
    "statusRank": 2,
    "origin": "webhook",
    "connection": "default",
    "accountSid": "AC" + "1" * 32,
    "receivedAt": "2026-03-15T14:32:10.000Z",
    "headers": {"user-agent": "TwilioProxy/1.1"},
    "query": {},
    "body": {"data": {"MessageStatus": "sent", "MediaUrl": ["a", "b"]}},
}
DETAIL_TYPES = {
    "New and Updated Records",
    "Message Status Updated",
    "Message Received",
    "Webhook Received",
    "Connector Probe",
    "Recipient Opted Out",
    "Recipient Opted In",
    "Message Sent",
    "Message Send Failed",
}


# The hash of what the file says: where it changes, consumers see a known webhook anew, which CHANGELOG.md has to say.
CALL_ID = "951daabd7ab35c1be7588d880b27f7e29235d557a6a2b8ce3b0f206fc3369e6f"

# What each HTTP request is answered with, and the detail-types and ids that it becomes.
ANSWERS = {
    "function-url-status-callback": (204, [("Message Status Updated", f"{MESSAGE_SID}:delivered")]),
    "http-api-call": (200, [("Webhook Received", CALL_ID)]),
    "http-api-event-streams": (204, [("Webhook Received", f"EZ{number:032x}") for number in (1, 2)]),
    "http-api-failed-status-callback": (204, [("Message Status Updated", f"{MESSAGE_SID}:undelivered")]),
    "http-api-get": (204, [("Message Status Updated", f"{MESSAGE_SID}:delivered")]),
    "http-api-inbound-media": (200, [("Message Received", f"MM{MESSAGE_SID[2:]}")]),
    "http-api-opt-out": (
        200,
        [("Message Received", MESSAGE_SID), ("Recipient Opted Out", f"optout:{MESSAGE_SID}")],
    ),
    "http-api-inbound-message": (200, [("Message Received", MESSAGE_SID)]),
    "http-api-status-callback": (204, [("Message Status Updated", f"{MESSAGE_SID}:delivered")]),
    "rest-api-inbound-message": (200, [("Message Received", MESSAGE_SID)]),
}


@pytest.mark.parametrize("name", HTTP_REQUESTS)
def test_http_requests_are_answered_and_published(name: str) -> None:
    deployed = Deployment()
    status = deployed.status_of(load_event(name))
    published = [(entry["DetailType"], json.loads(entry["Detail"])["id"]) for entry in deployed.bus.entries]
    assert (status, published) == ANSWERS[name]


@pytest.mark.parametrize("name", HTTP_REQUESTS)
def test_http_requests_are_refused_where_the_token_is_another(name: str) -> None:
    deployed = Deployment()
    deployed.secrets.put("default", json.dumps({"accountSid": ACCOUNT_SID, "authToken": "another"}))
    assert (deployed.status_of(load_event(name)), deployed.bus.entries) == (403, [])


def test_there_is_a_request_of_every_kind() -> None:
    assert {name.partition("-")[0] for name in HTTP_REQUESTS} == {"http", "rest", "function"}
    assert {parse_request(load_event(name)).method for name in HTTP_REQUESTS} == {"POST", "GET"}


def test_the_undelivered_event_is_valid() -> None:
    [record] = load_event("undelivered-queue")["Records"]
    event = UndeliveredQueue.parse(record["body"])
    validate_detail(event.detail_type, json.loads(event.detail))


def test_every_detail_type_has_a_schema_and_every_file_is_one() -> None:
    schemas = {path.stem: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {schema["title"] for schema in schemas.values()} >= DETAIL_TYPES
    assert {name.lower().replace(" ", "-") for name in DETAIL_TYPES} <= schemas.keys()


@pytest.mark.parametrize(
    "change", [{}, {"statusRank": None}, {"origin": "reconciliation"}, {"body": {"data": {"SmsStatus": "sent"}}}]
)
def test_a_detail_that_is_as_promised_is_valid(change: dict[str, Any]) -> None:
    validate_detail("Message Status Updated", {**WEBHOOK, **change})


@pytest.mark.parametrize(
    "change",
    [
        *({name: None} for name in WEBHOOK if name != "statusRank"),
        {"statusRank": 5},
        {"origin": "poll"},
        {"extra": 1},
        {"id": "SM1"},
        {"connection": "a/b"},
        {"accountSid": "SK" + "1" * 32},
        {"receivedAt": "2026-03-15T14:32:10Z"},
        {"receivedAt": "2026-13-15T14:32:10.000Z"},
        {"headers": {"User-Agent": "x"}},
        {"headers": {"x-twilio-signature": "x"}},
        {"headers": {"authorization": "x"}},
        {"query": {"a": 1}},
        {"query": {"a": ["1"]}},
        {"body": {"data": {}}},
        {"body": {"data": WEBHOOK["body"], "extra": 1}},
    ],
)
def test_a_detail_that_is_not_as_promised_is_not_valid(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validate_detail("Message Status Updated", {**WEBHOOK, **change})
