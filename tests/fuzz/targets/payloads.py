"""What webhooks say: the events hold what other parsers find in forms and documents, or a few words refuse them."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.fuzz.reading import as_bytes, document, seed, text
from tests.support.webhook_requests import ACCOUNT_SID, INBOUND, MESSAGE_SID, STATUS
from twilio_connector.bus.event import Event
from twilio_connector.connections.connection import Connection
from twilio_connector.webhook.event_id import content_id
from twilio_connector.webhook.events import PRIVATE_HEADERS, expects_twiml, tells_an_outcome, webhook_events
from twilio_connector.webhook.http_request import HttpRequest, RefusedError
from twilio_connector.webhook.opt_outs import opt_out_events
from twilio_connector.webhook.payload import Payload, parse_payload, signed_part

IS_JSON = True
FORM = "application/x-www-form-urlencoded"
DICTIONARY = (
    *("method", "type", "query", "body", "POST", "GET", FORM, "application/json", "application/cloudevents+json"),
    *("bodySHA256", "AccountSid", "MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "received", "delivered"),
    *("ConnectorProbe", "CallSid", "CallStatus", "CallbackSource", "call-progress-events", "Direction", "inbound"),
    *("OptOutType", "STOP", "EventType", "RetryCount", "onMessageAdded", "ParentAccountSid", "specversion"),
    *("%C3%A9", "%ED%A0%80", "%00", "%", "+", "&", "=", "&&", "\ud800", "1e999", "-0", "18446744073709551616"),
)
CONNECTION = Connection("default", ACCOUNT_SID, "SK0", "secret", None, "https://api.twilio.com")
NOW = datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)
REFUSALS = {
    *((405, "method"), (415, "content_type"), (413, "too_large"), (400, "body"), (400, "parameters")),
}
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def seeds() -> Iterator[bytes]:
    """Forms, GETs and documents of the kinds that Twilio sends."""
    for form in (STATUS, INBOUND, {"CallSid": "CA0", "CallStatus": "ringing", "Direction": "inbound"}):
        body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in form.items())
        yield seed({"method": "POST", "type": f"{FORM}; charset=UTF-8", "query": "a=b&a=c", "body": body})
        yield seed({"method": "GET", "type": "", "query": body, "body": ""})
    yield seed({"method": "POST", "type": FORM, "query": "", "body": f"ConnectorProbe=x&MessageSid={MESSAGE_SID}&a&=b"})
    event = {"specversion": "1.0", "id": "EZ0", "type": "com.twilio.messaging.message.sent", "data": {"n": [1, -0.5]}}
    for content in ([event, {**event, "id": "EZ1"}], {"a": {"b": [None, True, "\u00e9"]}}, 5):
        body = json.dumps(content, ensure_ascii=False).encode().decode("latin-1")
        yield seed({"method": "POST", "type": "application/json", "query": "bodySHA256=0", "body": body})
    yield seed({"method": "POST", "type": FORM, "query": "", "body": "EventType=onMessageAdded&RetryCount=1"})
    yield seed({"method": "POST", "type": FORM, "query": "", "body": "OptOutType=STOP&Body=Stop&From=%2B15551234567"})


def fuzz_one(data: bytes) -> None:
    """Read a request, and make the events of it."""
    given = document(data)
    request = HttpRequest(
        method=text(given, "method").upper(),
        connection="default",
        hosts=("example.com",),
        paths=("/webhook/default",),
        query=text(given, "query"),
        headers={"content-type": text(given, "type"), "x-twilio-signature": "s", "authorization": "Basic eDp5"},
        body=as_bytes(text(given, "body")),
    )
    try:
        payload = parse_payload(request, signed_part(request))
        events = webhook_events(CONNECTION, request, payload, NOW)
    except RefusedError as exc:
        assert (exc.status, exc.cause) in REFUSALS
        return
    _assert_content(request, payload)
    _assert_published(events, payload)
    assert [event.detail for event in events] == [
        event.detail for event in webhook_events(CONNECTION, request, payload, NOW)
    ]
    _assert_identity(request, payload)
    for event in opt_out_events(CONNECTION, payload, NOW):
        assert json.loads(event.detail)["accountSid"] == ACCOUNT_SID
    assert isinstance(expects_twiml(payload), bool)
    assert isinstance(tells_an_outcome(payload), bool)


def _assert_content(request: HttpRequest, payload: Payload) -> None:
    """The data is what Python's parser of JSON, or one of forms that shares no code with ours, finds."""
    if payload.is_document:
        expected = json.loads(request.body) if request.body else None
    else:
        is_form = request.method == "POST"
        expected = _form(request.body if is_form else request.query.encode("utf-8", "surrogatepass"))
        if (request.method == "GET" and request.body) or not request.query.isprintable():
            # Which of both is read depends on what the URL names; and half a surrogate pair is in no URL.
            return
    assert repr(payload.data) == repr(expected)


def _form(written: bytes) -> dict[str, Any]:
    """A form, read byte by byte."""
    fields: dict[str, Any] = {}
    for part in filter(None, written.split(b"&")):
        name, value = (_plain(piece) for piece in part.partition(b"=")[::2])
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _plain(piece: bytes) -> str:
    undone = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), piece.replace(b"+", b" "))
    return undone.decode("utf-8", "replace")


def _assert_published(events: list[Event], payload: Payload) -> None:
    """Each event is JSON with an ID and the data, without credentials."""
    details = [json.loads(event.detail) for event in events]
    assert details
    assert all(isinstance(detail["id"], str) and detail["id"] for detail in details)
    assert not any(PRIVATE_HEADERS & detail["headers"].keys() for detail in details)
    said = [detail["body"]["data"] for detail in details]
    assert repr(said) in (repr([payload.data]), repr(payload.data))


def _assert_identity(request: HttpRequest, payload: Payload) -> None:
    """The order of different names does not change a form's id, and a further parameter does."""
    if payload.is_document or request.method != "POST":
        return
    told, fields = content_id(request, payload), payload.fields
    other_order = dict(reversed(list(fields.items())))
    assert content_id(request, replace(payload, fields=other_order)) == told
    more = {**fields, "Further": [*fields.get("Further", []), "x"]}
    assert content_id(request, replace(payload, fields=more)) != told
