"""Webhook requests for the tests: the events in `events/`, and ones made and signed on the spot."""

import copy
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from local.sam import PROJECT_ROOT
from twilio_connector.webhook.signature import signature

# What the requests in `events/` are signed with, and whose they are.
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT_SID = "ACa1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
MESSAGE_SID = "SM1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d"

API_URL = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

STATUS = {"MessageSid": MESSAGE_SID, "MessageStatus": "delivered", "AccountSid": ACCOUNT_SID, "To": "+15551234567"}
INBOUND = {"MessageSid": MESSAGE_SID, "SmsStatus": "received", "AccountSid": ACCOUNT_SID, "Body": "Hello"}

Parameters = Mapping[str, str | Sequence[str]]

# The events in `events/`, by the names of their files: requests to the webhook, and the inputs of all other functions.
HTTP_REQUESTS = sorted(
    path.stem for kind in ("*-api-*", "function-url-*") for path in (PROJECT_ROOT / "events").glob(f"{kind}.json")
)
INPUTS = sorted({path.stem for path in (PROJECT_ROOT / "events").glob("*.json")} - set(HTTP_REQUESTS))


def load_event(name: str) -> Any:
    """The event in `events/<name>.json`."""
    return json.loads((PROJECT_ROOT / "events" / f"{name}.json").read_text())


def http_event(
    *,
    method: str = "POST",
    connection: str = "default",
    query: str = "",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An event of the HTTP API, not signed."""
    event = copy.deepcopy(load_event("http-api-inbound-message"))
    path = f"/webhook/{connection}"
    event.update(
        rawPath=path,
        rawQueryString=query,
        body=b64encode(body).decode(),
        pathParameters={"connection": connection},
        headers={"host": API_URL.removeprefix("https://"), "x-forwarded-proto": "https", **(headers or {})},
    )
    event["requestContext"]["http"].update(method=method, path=path)
    return dict(event)


def form_event(
    parameters: Parameters, *, token: str = AUTH_TOKEN, connection: str = "default", query: str = ""
) -> dict[str, Any]:
    """A form, signed."""
    lists = {name: [value] if isinstance(value, str) else value for name, value in parameters.items()}
    headers = {"content-type": FORM, "x-twilio-signature": signature(token, _url(connection, query), lists)}
    body = urlencode(lists, doseq=True).encode()
    return http_event(connection=connection, query=query, body=body, headers=headers)


def get_event(parameters: Mapping[str, str], *, token: str = AUTH_TOKEN) -> dict[str, Any]:
    """A GET, signed."""
    query = urlencode(parameters)
    return http_event(
        method="GET", query=query, headers={"x-twilio-signature": signature(token, _url("default", query), {})}
    )


def json_event(document: object, *, token: str = AUTH_TOKEN) -> dict[str, Any]:
    """A JSON document, signed; bytes are taken for one that is encoded."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    query = f"bodySHA256={sha256(body).hexdigest()}"
    headers = {
        "content-type": "application/json",
        "x-twilio-signature": signature(token, _url("default", query), {}),
    }
    return http_event(query=query, body=body, headers=headers)


def _url(connection: str, query: str) -> str:
    return f"{API_URL}/webhook/{connection}" + (f"?{query}" if query else "")
