"""A signed request with a single character changed, anywhere, is not accepted."""

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from string import ascii_letters, digits
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.front_doors import FUNCTION_URL
from tests.support.webhook_changes import changed_pairs, mutations, single_changes
from tests.support.webhook_deployment import Deployment
from tests.support.webhook_generators import (
    JSON,
    PAIRS,
    SEEDS,
    Arriving,
    Pairs,
    sdk_signature,
    spelled,
)
from tests.support.webhook_requests import API_URL, FORM, INBOUND, STATUS, form_event, get_event, http_event, json_event

many = settings(max_examples=100, deadline=None)

PATH = "/webhook/default"
REFUSALS, ACCEPTED = {400, 403, 404}, {200, 204}


class Thinned(Deployment):
    """A deployment that is tried with *one_of* so many changes."""

    one_of = 1


def assert_refused(deployed: Thinned, events: Iterable[dict[str, Any]], original: dict[str, Any]) -> None:
    """Assert that none of *events* is accepted, and, lest that be for another reason, that *original* is."""
    statuses = Counter(map(deployed.status_of, islice(events, 0, None, deployed.one_of)))
    assert statuses.total() > 100
    assert statuses.keys() <= REFUSALS
    assert deployed.bus.entries == []
    assert deployed.status_of(original) in ACCEPTED


def called(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """A POST to *url*, without scheme and host, through a Function URL, the one front door that takes any path."""
    path, _, query = url.partition("#")[0].partition("?")
    host = API_URL.removeprefix("https://")
    return Arriving(host=host, path=path, query=query, headers=headers, body=body).through(FUNCTION_URL, base64=True)


def form_of(pairs: Pairs, url: str = PATH, *, signed: Pairs | None = None) -> dict[str, Any]:
    """A form of *pairs* with the signature of *signed*."""
    signature = sdk_signature(API_URL + PATH, pairs if signed is None else signed)
    return called(url, urlencode(pairs).encode(), {"content-type": FORM, "x-twilio-signature": signature})


def other_queries(queries: Iterable[str], query: str) -> Iterator[str]:
    """Those of *queries* that say something else. A blank means a ``+``: no request contains one, some events do."""
    return (changed for changed in queries if changed.replace(" ", "+") != query)


def signed_pairs(pairs: Pairs) -> set[tuple[str, str]]:
    """What of *pairs* is signed: each once, in any order, and nothing of one that has neither name nor value."""
    return {pair for pair in pairs if any(pair)}


def signed_text(pairs: Pairs) -> str:
    """*pairs* as the signer writes them behind the URL."""
    return "".join(name + value for name, value in sorted(set(pairs)))


@pytest.fixture(params=[pytest.param(1, marks=pytest.mark.endurance), 5], ids=["each", "one of five"])
def deployed(request: pytest.FixtureRequest) -> Thinned:
    deployed = Thinned()
    deployed.one_of = request.param
    return deployed


def test_no_character_of_a_form_s_path_can_change(deployed: Thinned) -> None:
    pairs = list(STATUS.items())
    # A client keeps a fragment to itself, and an event shows a URL with an empty query like one with none.
    urls = (url for url in mutations(PATH) if url.partition("#")[0] not in (PATH, PATH + "?"))
    assert_refused(deployed, (form_of(pairs, url) for url in urls), form_of(pairs))


def test_no_character_of_a_form_s_names_and_values_can_change(deployed: Thinned) -> None:
    pairs = [*STATUS.items(), ("Blank", ""), ("Tag", "a"), ("Tag", "b"), ("Tag", "b"), ("Text", "1 + 1 = é👍\n")]
    events = (
        form_of(changed, signed=pairs)
        for changed in changed_pairs(pairs)
        if signed_pairs(changed) != signed_pairs(pairs)
    )
    assert_refused(deployed, events, form_of(pairs))


def test_no_byte_of_a_form_can_change_that_says_something(deployed: Thinned) -> None:
    original = form_event({**INBOUND, "Tag": ["a", "b"], "Text": "1 + 1 = é"})
    body = b64decode(original["body"]).decode()
    pairs = parse_qsl(body, keep_blank_values=True)

    def says_otherwise(changed: str) -> bool:
        # Nothing new: the case of an escape's digits, an "&" at an end or next to another, a "=" before nothing. Nor is
        # it signed where a name ends and its value begins, or where a value does, if the next in order stays the next.
        decoded = parse_qsl(changed, keep_blank_values=True, errors="surrogateescape")
        return signed_text(decoded) != signed_text(pairs)

    changes = filter(says_otherwise, mutations(body))
    assert_refused(
        deployed, ({**original, "body": b64encode(change.encode()).decode()} for change in changes), original
    )


@pytest.mark.parametrize("query", ["order=4711&note=it%27s+due&to=a@b:c&blank=&flag"])
def test_no_character_of_a_form_s_query_can_change(deployed: Thinned, query: str) -> None:
    original = form_event(STATUS, query=query)
    queries = other_queries(mutations(query), query)
    assert_refused(deployed, ({**original, "rawQueryString": changed} for changed in queries), original)


def test_no_character_of_a_get_can_change(deployed: Thinned) -> None:
    original = get_event({**STATUS, "Text": "1 + 1 = é👍\n"})
    queries = other_queries(mutations(original["rawQueryString"]), original["rawQueryString"])
    assert_refused(deployed, ({**original, "rawQueryString": changed} for changed in queries), original)


def test_no_byte_of_a_document_can_change(deployed: Thinned) -> None:
    original = json_event({"text": "é 👍", "list": [1, -2.5e3, None, True], "empty": {}})
    bodies = mutations(b64decode(original["body"]).decode("latin-1"))
    events = ({**original, "body": b64encode(body.encode("latin-1", "replace")).decode()} for body in bodies)
    assert_refused(deployed, events, original)


def test_no_character_of_a_document_s_hash_can_change(deployed: Thinned) -> None:
    original = json_event({"a": 1})
    queries = mutations(original["rawQueryString"])
    assert_refused(deployed, ({**original, "rawQueryString": changed} for changed in queries), original)


def test_a_document_s_hash_does_not_help_who_cannot_sign_it(deployed: Thinned) -> None:
    original, other = json_event({"a": 1}), json_event({"a": 2})
    exchanged = {name: other[name] for name in ("rawQueryString", "body")}
    assert deployed.status_of({**original, **exchanged}) == 403


@pytest.mark.parametrize(
    "original", [form_event(STATUS), get_event(STATUS), json_event([])], ids=["form", "get", "json"]
)
def test_no_character_of_the_signature_can_change(deployed: Thinned, original: dict[str, Any]) -> None:
    headers = original["headers"]
    signatures = mutations(headers["x-twilio-signature"], ascii_letters + digits + "+/=, -_\t\né")
    events = ({**original, "headers": {**headers, "x-twilio-signature": changed}} for changed in signatures)
    assert_refused(deployed, events, original)


def assert_only_the_original_is_accepted(changed: dict[str, Any], original: dict[str, Any]) -> None:
    deployed = Deployment()
    assert deployed.status_of(changed) in REFUSALS
    assert deployed.bus.entries == []
    assert deployed.status_of(original) in ACCEPTED


@many
@given(data=st.data(), pairs=PAIRS.filter(bool))
def test_no_character_of_any_form_can_change(data: st.DataObject, pairs: Pairs) -> None:
    place = data.draw(st.integers(0, len(pairs) - 1))
    name, value = pairs[place]
    names, values = single_changes(name), single_changes(value)
    other = data.draw(st.tuples(names, st.just(value)) | st.tuples(st.just(name), values))
    changed = [*pairs[:place], other, *pairs[place + 1 :]]
    assume(signed_pairs(changed) != signed_pairs(pairs))
    assert_only_the_original_is_accepted(form_of(changed, signed=pairs), form_of(pairs))


@many
@given(data=st.data(), pairs=PAIRS, seed=SEEDS)
def test_no_character_of_any_query_can_change(data: st.DataObject, pairs: Pairs, seed: int) -> None:
    query = spelled(pairs, Random(seed))
    changed = data.draw(single_changes(query))
    assume(list(other_queries([changed], query)))
    signature = sdk_signature(f"{API_URL}{PATH}{'?' if query else ''}{query}", [])
    original = http_event(method="GET", query=query, headers={"x-twilio-signature": signature})
    assert_only_the_original_is_accepted({**original, "rawQueryString": changed}, original)


@many
@given(data=st.data(), document=JSON)
def test_no_character_of_any_document_can_change(data: st.DataObject, document: Any) -> None:
    text = json.dumps(document, ensure_ascii=False)
    changed = data.draw(single_changes(text))
    assume(changed != text)
    original = json_event(text.encode())
    assert_only_the_original_is_accepted({**original, "body": b64encode(changed.encode()).decode()}, original)
