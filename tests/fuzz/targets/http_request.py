"""Events of API Gateway (1.0 and 2.0) and of Function URLs: read as they are, or refused by one of three answers."""

from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from tests.fuzz.reading import NOTHING, document, seed
from tests.support.webhook_requests import API_URL, HTTP_REQUESTS, load_event
from twilio_connector.errors import InvalidInputError
from twilio_connector.settings import WebhookSettings
from twilio_connector.webhook.candidate_urls import SignedUrls
from twilio_connector.webhook.claim import read_claim
from twilio_connector.webhook.http_request import MAX_QUERY, HttpRequest, RefusedError, parse_request

IS_JSON = True
DICTIONARY = (
    *("httpMethod", "requestContext", "http", "stage", "$default", "rawPath", "rawQueryString", "isBase64Encoded"),
    *("multiValueHeaders", "multiValueQueryStringParameters", "queryStringParameters", "pathParameters", "connection"),
    *("x-twilio-signature", "x-twilio-webhooks-signature-settings", "key=a,algorithm=HMAC_SHA256", "x-forwarded-proto"),
    *("host", "content-type", "/webhook/default", "%2F", "%ED%A0%80", "\ud800", "bodySHA256="),
)
NO_REQUEST = "The event is not an HTTP request of API Gateway or of a Function URL."
REFUSALS = {(413, "query"), (400, "base64")}
CLAIMS = {"missing", "malformed", "length", "settings", "algorithm"}
SETTINGS = WebhookSettings(0, api_base_url=API_URL)
# Of up to 4,000: more of them are of the same make.
URLS = 40


def seeds() -> Iterator[bytes]:
    """The events in `events/`, as they are and with a body that is text."""
    for name in HTTP_REQUESTS:
        event = load_event(name)
        yield seed(event)
        yield seed({**event, "isBase64Encoded": False, "body": "a=b&a=%20&c"})
    yield seed({"httpMethod": "POST", "requestContext": {}, "headers": {"A": "1", "a": "2"}, "multiValueHeaders": {}})


def fuzz_one(data: bytes) -> None:
    """Read an event, and look what became of each of its parts."""
    event = document(data)
    if event is NOTHING:
        return
    try:
        request = parse_request(event)
    except InvalidInputError as exc:
        assert str(exc) == NO_REQUEST
        return
    except RefusedError as exc:
        assert (exc.status, exc.cause) in REFUSALS
        return
    assert request == parse_request(event)
    _assert_parts(request, event)
    _assert_reach(request)
    # What it shows is host and connection, which may hold anything, too.
    assert "body=" not in repr(replace(request, hosts=(), connection="", method=""))
    assert all(isinstance(url, str) for url in islice(SignedUrls(request, SETTINGS), URLS))
    try:
        read_claim(request)
    except RefusedError as exc:
        assert (exc.status, exc.cause in CLAIMS) == (403, True)


def _assert_parts(request: HttpRequest, event: Mapping[str, Any]) -> None:
    """Body, query string and headers are those of *event*, by other ways to read them."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        assert request.body == a2b_base64(body)
    else:
        assert request.body.decode("utf-8", "surrogatepass") == body
    if request.parameters is None:
        assert request.query == (event.get("rawQueryString") or "")
    else:
        told = parse_qsl(request.query, keep_blank_values=True, errors="surrogatepass")
        assert told == list(request.parameters)
        assert sum(len(name) + len(value) for name, value in told) <= MAX_QUERY
    assert all(name == name.lower() for name in request.headers)
    for several in ("headers", "multiValueHeaders")[: 1 if request.parameters is None else 2]:
        for name, values in (event.get(several) or {}).items():
            others = event.get("multiValueHeaders") or {}
            # Where both fields have a header, the one with all of its values is read.
            is_read = several == "multiValueHeaders" or name.lower() not in map(str.lower, others)
            for value in values if isinstance(values, list) else [values]:
                assert not is_read or str(value) in request.headers[name.lower()]


def _assert_reach(request: HttpRequest) -> None:
    """What a request may make the candidates of is bounded, and each is there once."""
    assert len(request.query) <= 3 * MAX_QUERY
    for several, most in ((request.hosts, 2), (request.paths, 4)):
        assert len(several) == len(set(several)) <= most
        assert all(several)
    assert isinstance(request.connection, str)
    assert request.method == request.method.upper()
