"""Requests of each kind through each front door, signed as Twilio signs them, and changed ones that nobody signed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.support.front_doors import FUNCTION_URL, HTTP_API, HTTP_API_1, REST_API
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_generators import (
    DECODING,
    EVENTS,
    JSON,
    MOST_DECODED,
    PAIRS,
    SEEDS,
    Arriving,
    Pairs,
    as_data,
    grouped,
    queries,
    spelled,
)
from tests.support.webhook_requests import API_URL, INBOUND, STATUS, load_event
from tests.support.webhook_signers import SIGNERS as SIGNED_BY
from tests.support.webhook_signers import Signer

FORM, DOCUMENT, GET = "form", "json", "get"
KINDS = (FORM, DOCUMENT, GET)
DOORS = (HTTP_API, FUNCTION_URL, REST_API)
# What requests of the matrix are signed with, by name.
SIGNERS = dict(zip(("auth token", "shared key, SHA-1", "shared key, SHA-256"), SIGNED_BY, strict=True))
# Their like with another key: one character of it is another.
FOREIGN = {name: signer.with_secret(signer.secret.replace("e", "f", 1)) for name, signer in SIGNERS.items()}

OWN_HOSTS = {
    HTTP_API: API_URL.removeprefix("https://"),
    **{door: load_event(EVENTS[door])["requestContext"]["domainName"] for door in (HTTP_API_1, REST_API, FUNCTION_URL)},
}
STAGES = {HTTP_API: "", HTTP_API_1: "", REST_API: "prod", FUNCTION_URL: ""}
FORM_TYPES = st.sampled_from(["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"])
JSON_TYPES = st.sampled_from(["application/json", "application/cloudevents+json; charset=utf-8"])
# What Twilio sends with every message, now and then.
KNOWN = st.sampled_from([{}, STATUS, INBOUND]).map(lambda known: list(known.items()))
CASES = st.sampled_from([str.lower, str.upper, str.title])


@dataclass(frozen=True)
class Place:
    """Where Twilio calls: *signed* is that URL as Twilio signs it, without its query."""

    signed: str
    host: str
    path: str
    stage: str = ""
    webhook_base_url: str = ""


@st.composite
def places(draw: st.DrawFn, door: str) -> Place:
    """A front door under its own name, under a custom domain, and behind a proxy with a base URL of its own."""
    kind = draw(st.sampled_from(["own", "custom", "proxied"]))
    host, stage = OWN_HOSTS[door], STAGES[door]
    path = (f"/{stage}" if stage else "") + "/webhook/default"
    if kind == "proxied":
        name, user_info = "sms.example.com", draw(st.sampled_from(["", "user:p%40ss@"]))
        port, fragment = draw(st.sampled_from(["", ":8443"])), draw(st.sampled_from(["", "#rc=5&rp=all"]))
        signed = f"https://{name}{draw(st.sampled_from(['', port or ':443']))}/in/webhook/default"
        return Place(signed, host, path, stage, f"https://{user_info}{name}{port}/in{fragment}")
    if kind == "custom":
        host, stage = "hooks.example.com", ""
        path = (draw(st.sampled_from(["", "/sms"])) if door == REST_API else "") + "/webhook/default"
    signed_port, sent_port = draw(st.sampled_from(["", ":443"])), draw(st.sampled_from(["", ":443"]))
    # Host names are case-insensitive, and a door may make them lower.
    name = draw(st.sampled_from([host, host.title()])) if kind == "custom" else host
    return Place(f"https://{name}{signed_port}{path}", name + sent_port, path, stage)


@dataclass(frozen=True)
class Delivery:
    """A request, what was signed of it, and what is published of it."""

    door: str
    kind: str
    deployed: Deployment
    event: dict[str, Any]
    signed_url: str
    form: Pairs
    status: int
    data: Any
    sign: Callable[[str, Pairs, Signer], dict[str, Any]]
    """The event with the signature that a signer makes of a URL and a form."""

    def answer(self, event: dict[str, Any]) -> int:
        """The status that *event* gets."""
        return self.deployed.status_of(event)

    def is_published(self) -> bool:
        """Whether one event was published, with the data of the request, as far as the front door keeps its order."""
        [entry] = self.deployed.bus.entries
        published = json.loads(entry["Detail"])["body"]["data"]
        if self.kind == GET and self.door in DECODING:
            return _sorted(published) == _sorted(self.data)
        return bool(published == self.data)


def _sorted(data: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, list) else value for name, value in data.items()}


@dataclass(frozen=True)
class Content:
    """What a request contains besides the customer's own parameters in its URL, and Twilio's additions to those."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    form: Pairs = field(default_factory=list)
    data: Any = None
    added: str = ""


@st.composite
def contents(draw: st.DrawFn, kind: str) -> Content:
    """Forms, documents, and nothing at all."""
    if kind == FORM:
        form = draw(st.permutations(draw(KNOWN) + draw(PAIRS)))
        body = spelled(form, Random(draw(SEEDS))).encode()
        return Content({"content-type": draw(FORM_TYPES)}, body, form, as_data(form))
    if kind == DOCUMENT:
        data, indent, ascii_only = draw(JSON), draw(st.sampled_from([None, 0, 2])), draw(st.booleans())
        body = json.dumps(data, indent=indent, ensure_ascii=ascii_only).encode()
        added = f"bodySHA256={sha256(body).hexdigest()}"
        return Content({"content-type": draw(JSON_TYPES)}, body, data=data, added=added)
    return Content()


@st.composite
def deliveries(draw: st.DrawFn, door: str, kind: str, signer: Signer) -> Delivery:
    """A request of *kind* through *door*, signed by *signer*."""
    place, content = draw(places(door)), draw(contents(kind))
    pairs = draw(KNOWN) + draw(PAIRS) if kind == GET else draw(PAIRS)
    if door in DECODING:
        pairs = draw(st.permutations(pairs))[:MOST_DECODED]
    # A parameter that Twilio adds comes behind the customer's own.
    query = draw(queries(pairs, door)).with_added(content.added, first=False)
    url = f"{place.signed}{'?' if query.signed else ''}{query.signed}"
    renamed, seed, in_base64 = draw(CASES), draw(SEEDS), draw(st.booleans())

    def sign(signed_url: str, form: Pairs, by: Signer) -> dict[str, Any]:
        headers = {**content.headers, **by.headers(signed_url, grouped(form))}
        arriving = Arriving(
            method="GET" if kind == GET else "POST",
            host=place.host,
            path=place.path,
            stage=place.stage,
            query=query.wire,
            headers={renamed(name): value for name, value in headers.items()},
            body=content.body,
        )
        return arriving.through(door, base64=in_base64, seed=seed)

    deployed = Deployment()
    deployed.secrets.put("default", signer.connection)
    settings = deployed.webhook.settings._replace(webhook_base_url=place.webhook_base_url)
    deployed.webhook = replace(deployed.webhook, settings=settings)
    told = pairs if kind == GET else content.form
    data = as_data(pairs) if kind == GET else content.data
    status = 200 if ("SmsStatus", "received") in told else 204
    return Delivery(door, kind, deployed, sign(url, content.form, signer), url, content.form, status, data, sign)
