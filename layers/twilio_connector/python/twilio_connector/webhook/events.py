"""The events that a verified webhook becomes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from twilio_connector.bus.event import Event
from twilio_connector.connections.connection import Connection
from twilio_connector.instants import format_instant
from twilio_connector.webhook.http_request import HttpRequest
from twilio_connector.webhook.payload import Payload, parse_query, plain
from twilio_connector.webhook.signature import SIGNATURE_HEADER

STATUS_UPDATED = "Message Status Updated"
RECEIVED = "Message Received"
PROBE = "Connector Probe"
OTHER = "Webhook Received"

# What `make doctor` sends, signed as Twilio signs: the parameter by which its way to the bus is followed.
PROBE_PARAMETER = "ConnectorProbe"

# Credentials, and what is as good as one to whoever would repeat the request.
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
    """The detail-type: status callbacks have a ``MessageStatus``, inbound messages a ``SmsStatus`` of ``received``."""
    if payload.first("MessageStatus"):
        return STATUS_UPDATED
    if payload.first("SmsStatus") == "received":
        return RECEIVED
    return PROBE if payload.first(PROBE_PARAMETER) else OTHER


def webhook_events(
    connection: Connection, request: HttpRequest, payload: Payload, received_at: datetime
) -> list[Event]:
    """The events of one webhook: one, or as many as an array of CloudEvents holds."""
    detail_type = detail_type_of(payload)
    shared = {
        "connection": connection.name,
        "accountSid": connection.account_sid,
        "receivedAt": format_instant(received_at),
        "headers": {name: value for name, value in request.headers.items() if name not in PRIVATE_HEADERS},
        "query": plain(parse_query(request.queries[0])),
    }
    return [
        Event.of(detail_type, {"id": event_id, **shared, "body": {"data": data}})
        for event_id, data in _identified(detail_type, payload)
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


def _identified(detail_type: str, payload: Payload) -> Iterator[tuple[str, Any]]:
    """Pairs of what consumers deduplicate by, and data."""
    data = payload.data
    batch = data if isinstance(data, list) else [data]
    if batch and all(map(_is_cloud_event, batch)):
        yield from ((item["id"], item) for item in batch)
        return
    sid = payload.first("MessageSid", "SmsSid", "SmsMessageSid")
    if detail_type == STATUS_UPDATED:
        yield f"{sid or payload.digest}:{payload.first('MessageStatus')}", data
    elif detail_type == RECEIVED:
        yield sid or payload.digest, data
    elif detail_type == PROBE:
        yield payload.first(PROBE_PARAMETER), data
    elif (call := payload.first("CallSid")) and (status := payload.first("CallStatus")):
        yield f"{call}:{status}", data
    else:
        yield payload.digest, data


def _is_cloud_event(item: object) -> bool:
    return isinstance(item, dict) and "specversion" in item and isinstance(item.get("id"), str) and bool(item["id"])
