"""Requests as Twilio sends them, generated, and the events that the three front doors make of them.

Nothing here knows the code under test: signatures are those of Twilio's SDK, over the URL that the customer configured.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from string import ascii_letters, digits
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from tests.support.webhook_requests import AUTH_TOKEN, load_event

Pairs = list[tuple[str, str]]

# The front doors, by their events in `events/`.
HTTP_API, REST_API, FUNCTION_URL = (
    "http-api-inbound-message",
    "rest-api-inbound-message",
    "function-url-status-callback",
)
DOORS = st.sampled_from([HTTP_API, REST_API, FUNCTION_URL])
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


def sdk_signature(url: str, pairs: Pairs) -> str:
    """What the SDK signs *url* and the parameters of a form with."""
    return str(RequestValidator(AUTH_TOKEN).compute_signature(url, _Signed(grouped(pairs))))


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
LEFT = st.sampled_from([("", ""), ("'@:", ""), ("'@:", "'@:")])


@st.composite
def queries(draw: st.DrawFn, pairs: Pairs, door: str) -> Query:
    """Any spelling of *pairs* that *door* preserves."""
    signed, wire = draw(LEFT)
    if door == REST_API:
        # Its events hold the values decoded, by name: what is escaped can be told again only if all of it is.
        together = [(name, value) for name, values in grouped(pairs).items() for value in values]
        query = urlencode(together, quote_via=draw(st.sampled_from([quote, quote_plus])), safe=signed)
    else:
        query = spelled(pairs, Random(draw(SEEDS)), signed)
    return Query(query, _escaped(query, wire))


def _escaped(query: str, left: str) -> str:
    return "".join(quote(char) if char in "'@:" and char not in left else char for char in query)


@dataclass(frozen=True, kw_only=True)
class Arriving:
    """A request as it reaches the front door; *path* has the stage, or a custom domain's mapping, where it must."""

    method: str = "POST"
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str]
    body: bytes = b""

    def through(self, door: str, *, base64: bool) -> dict[str, Any]:
        """The event that *door* makes of it."""
        event = dict(load_event(door))
        headers = {"Host": self.host, "X-Forwarded-Proto": "https", **self.headers}
        body = b64encode(self.body).decode() if base64 else self.body.decode()
        event.update(headers=headers, body=body or None, isBase64Encoded=base64)
        (self._into_version_1 if door == REST_API else self._into_version_2)(event)
        return event

    def _into_version_1(self, event: dict[str, Any]) -> None:
        values = grouped(parse_qsl(self.query, keep_blank_values=True))
        event.update(
            httpMethod=self.method,
            multiValueHeaders={name: [value] for name, value in event["headers"].items()},
            queryStringParameters={name: several[-1] for name, several in values.items()} or None,
            multiValueQueryStringParameters=values or None,
        )
        event["requestContext"].update(httpMethod=self.method, path=self.path)

    def _into_version_2(self, event: dict[str, Any]) -> None:
        event.update(rawPath=self.path, rawQueryString=self.query)
        event["requestContext"]["http"].update(method=self.method, path=self.path)


# Letters, digits, the syntax of forms, URLs and base64, and what is none of these.
OTHERS = "Az09+/=&%?#'@:-_~ \0"


def mutations(text: str, others: str = OTHERS) -> Iterator[str]:
    """*text* with one character replaced, by *others*, one near it or its other case, or deleted, or inserted."""
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        yield from (before + other + after for other in others)
        if after:
            yield before + after[1:]
            replacements = {*others, chr(ord(after[0]) ^ 1), after[0].swapcase()} - {after[0]}
            yield from (before + other + after[1:] for other in sorted(replacements))


def changed_pairs(pairs: Pairs) -> Iterator[Pairs]:
    """*pairs* with one character of one name or value changed in one of the ways of :func:`mutations`."""
    for place, (name, value) in enumerate(pairs):
        for other in [*((new, value) for new in mutations(name)), *((name, new) for new in mutations(value))]:
            yield [*pairs[:place], other, *pairs[place + 1 :]]


@st.composite
def single_changes(draw: st.DrawFn, text: str) -> str:
    """*text* with any character replaced, deleted or inserted; or unchanged."""
    place, removed = draw(st.integers(0, len(text))), draw(st.integers(0, 1))
    return text[:place] + draw(CHARACTERS | st.just("")) + text[place + removed :]
