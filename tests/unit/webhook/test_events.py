"""What becomes of a verified webhook: which events, with which ids, valid by their schemas."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from local.schemas import validate_detail
from tests.support.webhook_requests import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    INBOUND,
    MESSAGE_SID,
    STATUS,
    form_event,
    get_event,
    json_event,
    load_event,
)
from twilio_connector.connections.connection import Connection
from twilio_connector.webhook.events import PRIVATE_HEADERS, expects_twiml, webhook_events
from twilio_connector.webhook.http_request import parse_request
from twilio_connector.webhook.payload import Payload, parse_payload, signed_part

CONNECTION = Connection(
    name="default",
    account_sid=ACCOUNT_SID,
    username=ACCOUNT_SID,
    password=AUTH_TOKEN,
    auth_token=AUTH_TOKEN,
    api_url="https://api.twilio.com",
)
RECEIVED_AT = datetime(2026, 3, 15, 14, 32, 10, 500_000, UTC)
HASH = re.compile("[0-9a-f]{64}")
CALL = {"CallSid": "CA" + "1" * 32, "AccountSid": ACCOUNT_SID, "Direction": "inbound"}


def payload_of(event: dict[str, Any]) -> Payload:
    request = parse_request(event)
    return parse_payload(request, signed_part(request))


def events_of(event: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Detail-types and details, each valid by its schema."""
    request = parse_request(event)
    events = webhook_events(CONNECTION, request, payload_of(event), RECEIVED_AT)
    found = [(one.detail_type, json.loads(one.detail)) for one in events]
    for detail_type, detail in found:
        validate_detail(detail_type, detail)
    return found


def test_a_status_callback() -> None:
    [(detail_type, detail)] = events_of(load_event("http-api-status-callback"))
    assert detail_type == "Message Status Updated"
    assert detail == {
        "id": f"{MESSAGE_SID}:delivered",
        "statusRank": 3,
        "origin": "webhook",
        "connection": "default",
        "accountSid": ACCOUNT_SID,
        "receivedAt": "2026-03-15T14:32:10.500Z",
        "headers": {
            name: value
            for name, value in load_event("http-api-status-callback")["headers"].items()
            if name != "x-twilio-signature"
        },
        "query": {"order": "4711", "note": "it's due"},
        "body": {
            "data": {
                "SmsSid": MESSAGE_SID,
                "SmsStatus": "delivered",
                "MessageStatus": "delivered",
                "To": "+15551234567",
                "MessageSid": MESSAGE_SID,
                "AccountSid": ACCOUNT_SID,
                "From": "+15558675309",
                "ApiVersion": "2010-04-01",
                "RawDlrDoneDate": "2603151432",
            }
        },
    }


def test_an_inbound_message() -> None:
    [(detail_type, detail)] = events_of(load_event("rest-api-inbound-message"))
    assert (detail_type, detail["id"]) == ("Message Received", MESSAGE_SID)
    assert detail["body"]["data"]["Body"] == "See you at 2:00 PM & thanks + 👍"
    assert detail["query"] == {"tag": ["a b", "c"]}


def test_a_status_callback_by_get_is_one_too() -> None:
    [(detail_type, detail)] = events_of(load_event("http-api-get"))
    assert (detail_type, detail["id"]) == ("Message Status Updated", f"{MESSAGE_SID}:delivered")
    assert detail["body"]["data"] == detail["query"]


def test_each_cloud_event_of_an_array_is_an_event() -> None:
    event = load_event("http-api-event-streams")
    found = events_of(event)
    assert [detail_type for detail_type, _ in found] == ["Webhook Received"] * 2
    assert [detail["id"] for _, detail in found] == [f"EZ{number:032x}" for number in (1, 2)]
    assert found[1][1]["body"]["data"]["data"]["messageStatus"] == "DELIVERED"


def test_a_single_cloud_event_keeps_its_id() -> None:
    [(_, detail)] = events_of(json_event({"specversion": "1.0", "id": "EZ1"}))
    assert detail["id"] == "EZ1"


@pytest.mark.parametrize(
    "document",
    [
        [],
        [{"specversion": "1.0", "id": "EZ1"}, {"id": "EZ2"}],
        [{"specversion": "1.0", "id": 1}],
        {"id": "x"},
        None,
        "\ud800",
    ],
)
def test_another_document_is_one_event_under_its_hash(document: object) -> None:
    event = json_event(document)
    [(detail_type, detail)] = events_of(event)
    assert detail_type == "Webhook Received"
    assert HASH.fullmatch(detail["id"])
    assert detail["body"]["data"] == document


def test_what_has_no_sid_goes_by_its_hash() -> None:
    for event in (form_event({"a": "1"}), get_event({"a": "1"})):
        [(_, detail)] = events_of(event)
        assert HASH.fullmatch(detail["id"])
    [(detail_type, status)] = events_of(form_event({"MessageStatus": "sent"}))
    assert detail_type == "Message Status Updated"
    assert HASH.fullmatch(status["id"].removesuffix(":sent"))


@pytest.mark.parametrize(
    ("parameters", "detail_type", "event_id", "rank"),
    [
        ({"SmsSid": MESSAGE_SID, "SmsStatus": "sent"}, "Message Status Updated", f"{MESSAGE_SID}:sent", 2),
        ({"SmsSid": MESSAGE_SID, "SmsStatus": "receiving"}, "Message Status Updated", f"{MESSAGE_SID}:receiving", 0),
        ({"SmsSid": MESSAGE_SID, "SmsStatus": "received"}, "Message Received", MESSAGE_SID, None),
        ({**INBOUND, "MessageStatus": ""}, "Message Received", MESSAGE_SID, None),
        ({**INBOUND, "MessageStatus": "received"}, "Message Status Updated", f"{MESSAGE_SID}:received", 3),
        ({**STATUS, "SmsStatus": "sent"}, "Message Status Updated", f"{MESSAGE_SID}:delivered", 3),
        ({**STATUS, "MessageStatus": "", "SmsStatus": "failed"}, "Message Status Updated", f"{MESSAGE_SID}:failed", 3),
        ({**STATUS, "MessageStatus": "pondering"}, "Message Status Updated", f"{MESSAGE_SID}:pondering", None),
    ],
)
def test_a_status_goes_by_its_newer_name_and_then_by_the_older_one(
    parameters: dict[str, str], detail_type: str, event_id: str, rank: int | None
) -> None:
    [(found, detail)] = events_of(form_event(parameters))
    assert (found, detail["id"], detail.get("statusRank")) == (detail_type, event_id, rank)
    assert ("origin" in detail) == ("statusRank" in detail) == (detail_type == "Message Status Updated")


def test_credentials_among_the_headers_are_left_out() -> None:
    event = form_event(STATUS)
    event["headers"] |= {name.title(): "secret" for name in PRIVATE_HEADERS} | {"X-Other": "kept"}
    [(_, detail)] = events_of(event)
    assert "secret" not in json.dumps(detail)
    assert detail["headers"]["x-other"] == "kept"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (INBOUND, True),
        (STATUS, False),
        ({**CALL, "CallStatus": "ringing"}, True),
        ({**CALL, "CallStatus": "in-progress", "SmsSid": "SM1", "SmsStatus": "sent"}, True),
        ({**CALL, "CallStatus": "in-progress"}, True),
        ({**CALL, "CallStatus": "completed"}, False),
        ({**CALL, "CallStatus": "ringing", "Direction": "outbound-api"}, False),
        ({**CALL, "CallStatus": "ringing", "CallbackSource": "call-progress-events"}, False),
        ({"a": "1"}, False),
        ({}, False),
    ],
)
def test_only_what_comes_in_expects_instructions(parameters: dict[str, str], expected: bool) -> None:
    assert expects_twiml(payload_of(form_event(parameters))) is expected
