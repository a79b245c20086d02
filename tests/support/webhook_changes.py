"""Requests with one character changed, anywhere: what nobody has signed."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import assume
from hypothesis import strategies as st

from tests.support.webhook_cells import Delivery
from tests.support.webhook_generators import CHARACTERS, DECODING, Pairs
from tests.support.webhook_signers import ALGORITHMS, Signer

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


@st.composite
def changed(draw: st.DrawFn, delivery: Delivery, signer: Signer, foreign: Signer) -> dict[str, Any]:
    """The event of *delivery* with one character changed: of the URL, parameters, body, key, algorithm or header."""
    what = draw(st.sampled_from(["url", "parameter", "body", "key", "algorithm", "header"]))
    if what == "key":
        return delivery.sign(delivery.signed_url, delivery.form, foreign)
    if what == "algorithm":
        return delivery.sign(delivery.signed_url, delivery.form, draw(_other_algorithms(signer)))
    if what == "header":
        return _with_other_signature(delivery.event, draw(st.integers(0, 26)))
    if what == "parameter" and delivery.form:
        place = draw(st.integers(0, len(delivery.form) - 1))
        name, value = delivery.form[place]
        names, values = single_changes(name), single_changes(value)
        pair = draw(st.tuples(names, st.just(value)) | st.tuples(st.just(name), values))
        form = [*delivery.form[:place], pair, *delivery.form[place + 1 :]]
        assume(_signed_text(form) != _signed_text(delivery.form))
        return delivery.sign(delivery.signed_url, form, signer)
    if what == "body" and delivery.event["body"]:
        return _with_other_body(draw, delivery)
    url = draw(single_changes(delivery.signed_url))
    assume(not _door_makes_the_same(delivery.door, url, delivery.signed_url))
    return delivery.sign(url, delivery.form, signer)


@st.composite
def _other_algorithms(draw: st.DrawFn, signer: Signer) -> Signer:
    """*signer* by the other algorithm, or with one character changed of the header that names key and algorithm."""
    [other] = set(ALGORITHMS) - {signer.algorithm}
    if not signer.key_id or draw(st.booleans()):
        return replace(signer, algorithm=other, announced=signer.settings)
    announced = draw(single_changes(signer.settings))
    assume([part.strip(" \t") for part in announced.split(",")] != signer.settings.split(","))
    return replace(signer, announced=announced)


def _signed_text(pairs: Pairs) -> str:
    """*pairs* as the signer writes them behind the URL."""
    return "".join(name + value for name, value in sorted(set(pairs)))


def _with_other_signature(event: dict[str, Any], place: int) -> dict[str, Any]:
    def changed(name: str, value: str) -> str:
        if name.lower() != "x-twilio-signature":
            return value
        return value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]

    headers = {name: changed(name, value) for name, value in event["headers"].items()}
    several = {name: [changed(name, each) for each in values] for name, values in _lists(event).items()}
    return {**event, "headers": headers, **({"multiValueHeaders": several} if several else {})}


def _lists(event: dict[str, Any]) -> dict[str, list[str]]:
    return event.get("multiValueHeaders") or {}


def _with_other_body(draw: st.DrawFn, delivery: Delivery) -> dict[str, Any]:
    in_base64 = delivery.event["isBase64Encoded"]
    body = b64decode(delivery.event["body"]) if in_base64 else delivery.event["body"].encode()
    other = draw(single_changes(body.decode())).encode()
    assume(other != body)
    if delivery.form:
        told = [parse_qsl(each.decode(), keep_blank_values=True, errors="surrogateescape") for each in (body, other)]
        assume(_signed_text(told[0]) != _signed_text(told[1]))
    return {**delivery.event, "body": b64encode(other).decode() if in_base64 else other.decode()}


def _door_makes_the_same(door: str, url: str, other: str) -> bool:
    """Whether the event is one and the same for both URLs, or verification tries both, as for blanks."""
    try:
        one, two = urlsplit(url), urlsplit(other)
    except ValueError:
        return False
    if _without_port(url) != _without_port(other) or "#" in url:
        return False
    if door in DECODING or not two.query:
        return sorted(_decoded(one.query)) == sorted(_decoded(two.query))
    return one.query.replace("%20", "+").replace(" ", "+") == two.query.replace("%20", "+")


def _without_port(url: str) -> str:
    """The URL without its query and without its own or the default port: ":8443" less a character is the latter."""
    return re.sub(r"^(https://[^/:]*):(?:8?443)(?=/)", r"\1", url.partition("?")[0].lower())


def _decoded(query: str) -> Pairs:
    return parse_qsl(query, keep_blank_values=True)
