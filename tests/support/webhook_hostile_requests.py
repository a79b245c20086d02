"""Requests made to break the webhook by all but their bodies, named by what is the matter; and those of both kinds."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from tests.support.front_doors import REST_API
from tests.support.webhook_deployment import forged
from tests.support.webhook_generators import EVENTS
from tests.support.webhook_hostile_bodies import DOCUMENTS, FORMS
from tests.support.webhook_requests import FORM, STATUS, form_event, http_event, json_event, load_event

Event = dict[str, Any]

JSON_TYPE = "application/json"


def with_headers(**headers: str) -> Event:
    """A signed status callback with more headers, or others."""
    event = form_event(STATUS)
    return {**event, "headers": {**event["headers"], **{name.replace("_", "-"): headers[name] for name in headers}}}


def with_signature(template: str) -> Event:
    """The same with a header made of its signature."""
    return with_headers(x_twilio_signature=template.format(form_event(STATUS)["headers"]["x-twilio-signature"]))


def with_query(query: str) -> Event:
    """The same at a URL with a query string."""
    return form_event(STATUS, query=query)


def with_candidates(content_type: str, query: str = "", body: bytes = b"{}") -> Event:
    """A request that may have been signed for as many URLs as any: with a stage, a domain, and no word of a scheme."""
    event = dict(load_event(EVENTS[REST_API]))
    headers = {"host": "hooks.example.com:8443", "content-type": content_type, "x-twilio-signature": "?"}
    values = {name: ["' "] for name in query.split("&") if name}
    event.update(multiValueHeaders=None, headers=headers, multiValueQueryStringParameters=values or None)
    event["requestContext"]["path"] = "/sms/webhook/default"
    return {**event, "body": b64encode(body).decode(), "isBase64Encoded": True}


# Request and, where it is rightly signed, its answer.
REQUESTS: dict[str, tuple[Callable[[], Event], int]] = {
    "signed twice": (lambda: with_signature("{0},{0}"), 403),
    "signed after a space": (lambda: with_signature(" {}"), 403),
    "signed before a line break": (lambda: with_signature("{}\n"), 403),
    "a signature of 1 MB": (lambda: with_signature("{}" + "A" * 1_000_000), 403),
    "headers that are no ASCII": (lambda: with_headers(x_note="\u00e9\u2028\U0001f44d", x_half="\ud800"), 204),
    "1,000 headers": (lambda: with_headers(**{f"x_{number}": "1" for number in range(1_000)}), 204),
    "a header too large to publish": (lambda: with_headers(x_large="1" * 300_000), 413),
    "host with user info": (lambda: with_headers(host="user:pass@example.com@evil.example:0"), 204),
    "host with a port that is none": (lambda: with_headers(host="[::1:99999999999999999999:x/?#"), 204),
    "no host": (lambda: with_headers(host=""), 204),
    "a host of 1 MB": (lambda: with_headers(host="h" * 1_000_000), 413),
    "a list of schemes": (lambda: with_headers(x_forwarded_proto="http, https,gopher"), 204),
    "an unknown scheme": (lambda: with_headers(x_forwarded_proto="javascript\0"), 204),
    "no content type": (lambda: with_headers(content_type=""), 415),
    "two content types": (lambda: with_headers(content_type=f"application/json,{FORM}"), 415),
    "a content type that is no ASCII": (lambda: with_headers(content_type="applicat\u0131on/json"), 415),
    "multipart": (lambda: with_headers(content_type="multipart/form-data; boundary=a"), 415),
    "another charset": (lambda: with_headers(content_type=f"{FORM}; charset=utf-16"), 204),
    "a query of 1 MB": (lambda: with_query("a" * 1_000_000), 413),
    "a query of 2,000 parameters": (lambda: with_query("a&" * 2_000), 400),
    "a query of escapes": (lambda: with_query("%27" * 5_000), 204),
    "a query of no text": (lambda: with_query("%ff=%ED%A0%80&\ud800"), 204),
    "truncated base64": (lambda: {**form_event(STATUS), "body": form_event(STATUS)["body"][:-1]}, 400),
    "many URLs, much text": (lambda: with_candidates(FORM, "'", b"a=" + b"x" * 520_000), 403),
    "many URLs, much text, as many percent signs": (
        lambda: with_candidates(FORM, "'", b"a=" + b"%" * 100_000 + b"x" * 420_000),
        403,
    ),
    "many URLs, a query of one parameter": (lambda: with_candidates(JSON_TYPE, "a" * 16_000), 403),
    "many URLs, a query of parameters": (lambda: with_candidates(JSON_TYPE, "&".join(map(str, range(1_200)))), 403),
    "a REST API's query of 1 MB": (lambda: with_candidates(JSON_TYPE, "a" * 1_000_000), 413),
    "a REST API's query of 100,000 parameters": (
        lambda: with_candidates(FORM, "&".join(map(str, range(100_000)))),
        413,
    ),
    "a document for a query of parameters": (lambda: {**json_event({}), "rawQueryString": "a=&" * 5_000}, 403),
}


def strangers_requests() -> Iterator[tuple[str, Event]]:
    """All of them, those with hostile bodies included, with a signature that nobody made."""
    forms = (
        (f"form: {name}", http_event(body=make(), headers={"content-type": FORM})) for name, (make, _) in FORMS.items()
    )
    documents = ((f"document: {name}", json_event(make())) for name, (make, _) in DOCUMENTS.items())
    requests = ((name, make()) for name, (make, _) in REQUESTS.items())
    for name, event in chain(forms, documents, requests):
        yield name, forged(event)
