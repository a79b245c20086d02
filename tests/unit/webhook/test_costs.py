"""What a stranger can cost at most, behind each front door; `-s` shows it."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.front_doors import FUNCTION_URL, HTTP_API, REST_API
from tests.support.webhook_costs import HASHED, MOST, cost, hashed_bytes, without_signature
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_generators import EVENTS
from tests.support.webhook_requests import FORM, load_event

JSON_TYPE = "application/json"
# All that makes query strings many: every character that the signer leaves, blanks in both spellings, and, where they
# come decoded, four parameters with what URLs leave unescaped, one without a value, and nothing that shows the scheme.
SHORT = {"a": "it's (x) @:!", "b": "a b/c,d", "c": "", "d": "' @:"}
# As long as is taken, decoded or not.
LONG = {REST_API: 600, HTTP_API: 220, FUNCTION_URL: 220}
# A form as long as Twilio's, one for which URLs are tried in thousands and hundreds, and the longest with most escapes.
FORMS = {"short": b"Body=x", "usual": b"a=" + b"x" * 1_500, "long": b"a=" + b"x" * 30_000}
FORMS["longest"] = b"a=" + b"a%41" * 100_000


def strange(door: str, method: str, content_type: str, parameters: dict[str, str], body: bytes) -> dict[str, Any]:
    """A wrongly signed request through *door*, of which nothing is known but what it says."""
    event = dict(load_event(EVENTS[door]))
    host = "Hooks.Example.com:8443"
    headers = {"Host": host, "content-type": content_type, "x-twilio-signature": "A" * 27 + "="}
    if content_type == JSON_TYPE:
        parameters = {**parameters, "bodySHA256": sha256(body).hexdigest()}
    event.update(headers=headers, multiValueHeaders=None, body=b64encode(body).decode(), isBase64Encoded=True)
    if door == REST_API:
        event["httpMethod"] = method
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in parameters.items()}
        event["requestContext"] = {**event["requestContext"], "path": "/sms/webhook/default", "httpMethod": method}
        return event
    event["rawQueryString"] = urlencode(parameters).replace("%28", " ")
    http = {**event["requestContext"]["http"], "method": method, "path": "/sms/webhook/default"}
    event["requestContext"] = {**event["requestContext"], "stage": "prod", "http": http}
    return event


def strangers(door: str) -> Iterator[tuple[str, dict[str, Any]]]:
    times = LONG[door]
    long = {"a": "' @:(é/" * times, "b": "' !" * times, "c": "", "d": "/?é " * times}
    for length, parameters in {"short": SHORT, "long": long}.items():
        for size, body in FORMS.items() if length == "short" else [("longest", FORMS["longest"])]:
            yield f"form, {size}, query {length}", strange(door, "POST", FORM, parameters, body)
        yield f"document, query {length}", strange(door, "POST", JSON_TYPE, parameters, b"{}")
        yield f"GET, query {length}", strange(door, "GET", "", parameters, b"")


@pytest.mark.parametrize("door", [HTTP_API, FUNCTION_URL, REST_API])
def test_a_stranger_costs_little_behind_every_door(door: str) -> None:
    tried, most, shares = 0, 0, dict[str, float]()
    for name, event in strangers(door):
        with pytest.MonkeyPatch.context() as monkeypatch:
            hashed = hashed_bytes(monkeypatch)
            assert Deployment().status_of(event) == 403
        tried, most = max(tried, len(hashed)), max(most, sum(hashed))
        shares[name] = cost(event)
    worst = max(shares, key=lambda name: shares[name])
    print(f"{door}: up to {tried} signatures over {most} bytes, {shares[worst]:.2f} of what is allowed for a {worst}")
    assert most <= HASHED
    assert shares[worst] < MOST


@pytest.mark.parametrize("door", [HTTP_API, FUNCTION_URL, REST_API])
def test_without_a_signature_none_is_made(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = hashed_bytes(monkeypatch)
    assert {Deployment().status_of(without_signature(event)) for _, event in strangers(door)} == {403}
    assert hashed == []
