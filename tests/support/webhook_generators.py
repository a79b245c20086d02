"""Requests as Twilio sends them, generated, and the events that the front doors make of them (:mod:`.front_doors`).

Nothing here knows the code under test: signatures are those of Twilio's SDK, over the URL that the customer configured.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from string import ascii_letters, digits
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.support.front_doors import FUNCTION_URL, HTTP_API, HTTP_API_1, REST_API, handed_over, paths_of
from tests.support.webhook_requests import AUTH_TOKEN, load_event

Pairs = list[tuple[str, str]]

# The doors' events in `events/`.
EVENTS = {
    HTTP_API: "http-api-inbound-message",
    HTTP_API_1: "rest-api-inbound-message",
    REST_API: "rest-api-inbound-message",
    FUNCTION_URL: "function-url-status-callback",
}
# Those whose events contain the query string decoded. So many of its parameters can be recovered.
DECODING, MOST_DECODED = (HTTP_API_1, REST_API), 4
SEEDS = st.integers(0, 2**32)

UNRESERVED = ascii_letters + digits + "-._~"
# Syntax of forms and URLs, quotes and line breaks, a combining accent, a right-to-left override, an astral character.
DELICATE = "'\"@:+%&=;?#/\\ \r\n\t\0e\u0301\u202e\u05d0\u00df\ufeff\uffff\U0001f44d"
CHARACTERS = st.sampled_from(DELICATE) | st.characters(exclude_categories=["Cs"])
TEXT = st.text(CHARACTERS, max_size=8)
# Few names, so that some come repeatedly.
PAIRS = st.lists(st.tuples(st.sampled_from(["", "a", "A", "MediaUrl0", "it's"]) | TEXT, TEXT), max_size=5)
# Whole numbers of 64 bits: no event holds others.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


class _Signed(dict[str, list[str]]):
    """Every value of each parameter, as the SDK takes them from web frameworks."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


# Every value of each parameter of a form.
Form = Mapping[str, list[str]]


def sdk_signature(url: str, pairs: Pairs, token: str = AUTH_TOKEN) -> str:
    """What the SDK signs *url* and the parameters of a form with."""
    return str(RequestValidator(token).compute_signature(url, _Signed(grouped(pairs))))


def grouped(pairs: Pairs) -> dict[str, list[str]]:
    """All values by name."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def as_data(pairs: Pairs) -> dict[str, str | list[str]]:
    """What an event says of parameters: the value of each, or the list of several."""
    return {name: values if len(values) > 1 else values[0] for name, values in grouped(pairs).items()}


@dataclass(frozen=True)
class Query:
    """A query string: as it is *signed*, and as the request has it on the *wire*."""

    signed: str = ""
    wire: str = ""

    def with_added(self, parameter: str, *, first: bool) -> "Query":
        """The same with *parameter*, which needs no escapes, before or behind the others."""

        def added(query: str) -> str:
            return "&".join(filter(None, [parameter, query] if first else [query, parameter]))

        return Query(added(self.signed), added(self.wire))


def spelled(pairs: Pairs, random: Random, left: str = "") -> str:
    """*pairs* percent-encoded in one of the many ways there are, but the characters *left*, which stay as they are."""

    def character(char: str) -> str:
        if char in left or (char in UNRESERVED and random.random() < 0.9):
            return char
        if char == " " and random.random() < 0.5:
            return "+"
        escaped = "".join(f"%{byte:02X}" for byte in char.encode())
        return escaped if random.random() < 0.7 else escaped.lower()

    def pair(name: str, value: str) -> str:
        bare = name and not value and random.random() < 0.5
        return "".join(map(character, name)) + ("" if bare else "=" + "".join(map(character, value)))

    return "&".join(pair(name, value) for name, value in pairs)


# Which of ' @ : the signer leaves as they are, and which the request does.
LEFT = st.sampled_from([("", ""), ("'@:", ""), ("'@:", "'@:"), ("@:", ""), ("'", "")])
# What URLs leave unescaped that people and programs write, and from which a REST API's query can still be recovered.
WRITTEN = st.sampled_from(["", "'@:", "!'()*", "!$'()*,;:@/?"])
# What else may be tried where there are no more parameters than MOST_BY_HAND.
BY_HAND, MOST_BY_HAND = st.sampled_from(["'", "@", ":", "'@", "@:", "/"]), 3


@st.composite
def queries(draw: st.DrawFn, pairs: Pairs, door: str) -> Query:
    """Any spelling of *pairs* that can be recovered behind *door*, with blanks sent as they are signed or not."""
    signed, wire = draw(LEFT)
    if door in DECODING:
        written = draw(WRITTEN | BY_HAND if len(pairs) <= MOST_BY_HAND else WRITTEN)
        query = urlencode(pairs, quote_via=draw(st.sampled_from([quote, quote_plus])), safe=written)
        if draw(st.booleans()):
            query = "&".join(part.removesuffix("=") or part for part in query.split("&"))
        return Query(query, _escaped(query, ""))
    query = spelled(pairs, Random(draw(SEEDS)), signed)
    blanks = draw(st.sampled_from([("", ""), ("+", "%20"), ("%20", "+")]))
    if blanks[0]:
        # All are signed in one way, and sent in the other.
        query = query.replace(blanks[1], blanks[0])
        return Query(query, _escaped(query, wire).replace(*blanks))
    return Query(query, _escaped(query, wire))


def _escaped(query: str, left: str) -> str:
    return "".join(quote(char) if char in "'@:" and char not in left else char for char in query)


@dataclass(frozen=True, kw_only=True)
class Arriving:
    """A request as it reaches the front door; *path* has the *stage*, or a custom domain's mapping, where it must."""

    method: str = "POST"
    host: str
    path: str
    stage: str = ""
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""

    def through(self, door: str, *, base64: bool, seed: int = 0) -> dict[str, Any]:
        """The event that *door* makes of it; *seed* decides what the door's sources leave open."""
        event, random = dict(load_event(EVENTS[door])), Random(seed)
        headers = {"Host": self.host, "X-Forwarded-Proto": "https", **self.headers}
        body = b64encode(self.body).decode() if base64 else self.body.decode()
        event.update(headers=headers, body=body or None, isBase64Encoded=base64)
        (self._into_version_1 if door in DECODING else self._into_version_2)(event, door, random)
        return event

    def _into_version_1(self, event: dict[str, Any], door: str, random: Random) -> None:
        paths, query = paths_of(door, self.path, self.stage, random), handed_over(door, self.query, random)
        values = query.values or {}
        event.update(
            path=paths.own,
            httpMethod=self.method,
            multiValueHeaders={name: [value] for name, value in event["headers"].items()},
            queryStringParameters={name: several[-1] for name, several in values.items()} or None,
            multiValueQueryStringParameters=values or None,
        )
        stage = {"stage": "$default"} if door == HTTP_API_1 else {}
        event["requestContext"].update(httpMethod=self.method, path=paths.context, **stage)

    def _into_version_2(self, event: dict[str, Any], door: str, random: Random) -> None:
        paths, query = paths_of(door, self.path, self.stage, random), handed_over(door, self.query, random)
        event.update(rawPath=paths.own, rawQueryString=query.raw)
        event["requestContext"]["http"].update(method=self.method, path=paths.context)
