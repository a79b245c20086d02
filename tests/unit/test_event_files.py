"""The HTTP requests in `events/` are signed, the stored event is one, and the schemas hold what they promise."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.local.sam import PROJECT_ROOT
from tests.local.schemas import SCHEMAS, validate_detail
from tests.unit.webhook_requests import API_URL, AUTH_TOKEN, load_event
from twilio_connector.http_events import parse_request
from twilio_connector.settings import WebhookSettings
from twilio_connector.signature import HEADER, verify
from twilio_connector.signed_urls import signed_urls
from twilio_connector.undelivered import UndeliveredQueue
from twilio_connector.webhook_payload import signed_part

EVENTS = PROJECT_ROOT / "events"
HTTP = sorted(path.stem for kind in ("*-api-*", "function-url-*") for path in EVENTS.glob(f"{kind}.json"))
WEBHOOK = {
    "id": "SM1:sent",
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
    "Message Sent",
    "Message Send Failed",
}


@pytest.mark.parametrize("name", HTTP)
def test_http_requests_are_signed(name: str) -> None:
    request = parse_request(load_event(name))
    signed = signed_part(request)
    urls = [one.url for one in signed_urls(request, WebhookSettings(3600, api_base_url=API_URL))]
    header = request.headers[HEADER]
    assert verify([AUTH_TOKEN], header, urls, signed.fields, signed.body_hash).accepted
    assert not verify(["another"], header, urls, signed.fields, signed.body_hash).accepted


def test_there_is_a_request_of_every_kind() -> None:
    assert {name.partition("-")[0] for name in HTTP} == {"http", "rest", "function"}
    assert {parse_request(load_event(name)).method for name in HTTP} == {"POST", "GET"}


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


def test_a_detail_that_is_as_promised_is_valid() -> None:
    validate_detail("Message Status Updated", WEBHOOK)


@pytest.mark.parametrize(
    "change",
    [
        *({name: None} for name in WEBHOOK),
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
