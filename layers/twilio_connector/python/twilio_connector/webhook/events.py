"""The events that a verified webhook becomes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from twilio_connector.bus.event import Event
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.connections.connection import Connection
from twilio_connector.instants import format_instant
from twilio_connector.twilio.statuses import OUTCOMES, WEBHOOK, status_id, status_rank
from twilio_connector.webhook.event_id import content_id
from twilio_connector.webhook.http_request import HttpRequest
from twilio_connector.webhook.payload import Payload, parse_query, plain
from twilio_connector.webhook.signature import SIGNATURE_HEADER

RECEIVED = "Message Received"
PROBE = "Connector Probe"
OTHER = "Webhook Received"

RECEIVED_STATUS = "received"

# What `make doctor` sends, signed as Twilio signs: the parameter by which its way to the bus is followed.
PROBE_PARAMETER = "ConnectorProbe"

# What a callback calls a call's progress, and no other request about the call does:
# https://www.twilio.com/docs/voice/api/call-resource#statuscallback
CALL_PROGRESS = "call-progress-events"

# Credentials, and what would let others repeat the request.
PRIVATE_HEADERS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-amz-security-token",
        "x-api-key",
        SIGNATURE_HEADER,
    }
)


def detail_type_of(payload: Payload) -> str:
    """The detail-type: inbound messages have a ``SmsStatus`` of ``received``, status callbacks a ``MessageStatus``.

    What ``<Sms>`` in a call reports has no ``MessageStatus``, but a ``SmsStatus`` such as ``sent``:
    https://twilio.com/docs/api/twiml/sms
    """
    if status := message_status(payload):
        is_inbound = status == RECEIVED_STATUS and not payload.first("MessageStatus")
        return RECEIVED if is_inbound else STATUS_UPDATED
    return PROBE if payload.first(PROBE_PARAMETER) else OTHER


def message_status(payload: Payload) -> str:
    """The status of the message that *payload* is about, or an empty string."""
    return payload.first("MessageStatus", "SmsStatus")


def message_sid(payload: Payload) -> str:
    """The SID of the message that *payload* is about, or an empty string."""
    return payload.first("MessageSid", "SmsSid", "SmsMessageSid")


def tells_an_outcome(payload: Payload) -> bool:
    """Whether *payload* is the status callback that reports the end of a message's delivery.

    A status of ``<Sms>`` in a call does not count: no request to the REST API has sent that text.
    """
    return payload.first("MessageStatus") in OUTCOMES


def webhook_events(
    connection: Connection, request: HttpRequest, payload: Payload, received_at: datetime
) -> list[Event]:
    """The events of one webhook: one, or as many as an array of CloudEvents holds."""
    detail_type = detail_type_of(payload)
    shared: dict[str, Any] = {
        "connection": connection.name,
        "accountSid": connection.account_sid,
        "receivedAt": format_instant(received_at),
        "headers": {name: value for name, value in request.headers.items() if name not in PRIVATE_HEADERS},
        "query": plain(parse_query(request.query)),
    }
    if detail_type == STATUS_UPDATED:
        shared |= {"statusRank": status_rank(message_status(payload)), "origin": WEBHOOK}
    return [
        Event.of(detail_type, {"id": event_id, **shared, "body": {"data": data}})
        for event_id, data in _identified(detail_type, request, payload)
    ]


def expects_twiml(payload: Payload) -> bool:
    """Whether Twilio waits for instructions: for a message that came in, or a call that is doing so.

    The progress reports of a call look alike, but say where they come from.
    """
    if detail_type_of(payload) == RECEIVED:
        return True
    return (
        bool(payload.first("CallSid"))
        and payload.first("Direction") == "inbound"
        and payload.first("CallStatus") in ("ringing", "in-progress")
        and not payload.first("CallbackSource")
    )


def _identified(detail_type: str, request: HttpRequest, payload: Payload) -> Iterator[tuple[str, Any]]:
    """Pairs of what consumers deduplicate by, and data.

    Only what Twilio itself identifies goes by the names that it gives; each field here is shared by no other webhook of
    the same detail-type that says something else.
    """
    data = payload.data
    batch = data if isinstance(data, list) else [data]
    if payload.is_document and batch and all(map(_is_cloud_event, batch)):
        yield from ((item["id"], item) for item in batch)
        return
    sid = message_sid(payload)
    call, status = payload.first("CallSid"), payload.first("CallStatus")
    if detail_type == STATUS_UPDATED:
        yield status_id(sid or content_id(request, payload), message_status(payload)), data
    elif detail_type == RECEIVED:
        yield sid or content_id(request, payload), data
    elif detail_type == PROBE:
        yield payload.first(PROBE_PARAMETER), data
    elif call and status and payload.first("CallbackSource") == CALL_PROGRESS:
        yield f"{call}:{status}", data
    else:
        yield content_id(request, payload), data


def _is_cloud_event(item: object) -> bool:
    return isinstance(item, dict) and "specversion" in item and isinstance(item.get("id"), str) and bool(item["id"])
