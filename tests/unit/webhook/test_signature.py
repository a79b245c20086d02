"""The signature, by Twilio's published example and against the validator of Twilio's own SDK."""

import hashlib
import hmac
from hashlib import sha256
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from tests.support.webhook_costs import hashed_bytes
from twilio_connector.webhook import signature as of_signature
from twilio_connector.webhook.causes import Cause
from twilio_connector.webhook.signature import MAX_HASHED, PAIR_COST, Algorithm, Verdict, signature, verify

URL = "https://example.com/myapp.php?foo=1&bar=2"
PARAMETERS = {
    "CallSid": ["CA1234567890ABCDE"],
    "Caller": ["+14158675310"],
    "Digits": ["1234"],
    "From": ["+14158675310"],
    "To": ["+18005551212"],
}
PUBLISHED = "L/OH5YylLD5NRKLltdqwSvS0BnU="

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
ALGORITHMS = st.sampled_from(Algorithm)
FORMS = st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=3), max_size=6)
ANYTHING = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=40)


class Repeated(dict[str, list[str]]):
    """Parameters with repeated names, as the SDK takes them from web frameworks."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def test_the_published_example_gives_the_published_signature() -> None:
    assert signature("12345", URL, PARAMETERS) == PUBLISHED
    assert verify(["12345"], PUBLISHED, [URL], PARAMETERS) == Verdict(None, url=0, secret=0)


def test_digests_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def spy(given: bytes, made: bytes) -> bool:
        compared.append((given, made))
        return given == made

    monkeypatch.setattr(hmac, "compare_digest", spy)
    body_hash = "0" * 64
    url = f"{URL}&bodySHA256={body_hash}"
    made = signature("12345", url, {})
    assert verify(["12345"], made, [url], {}, body_hash).cause is None
    assert {frozenset(pair) for pair in compared} == {frozenset({made.encode()}), frozenset({body_hash.encode()})}


@pytest.mark.parametrize("urls", [4_000, 8])
@pytest.mark.parametrize("length", [0, 1_000, 34_000, 500_000])
def test_no_more_is_hashed_than_a_stranger_may_cost(monkeypatch: pytest.MonkeyPatch, urls: int, length: int) -> None:
    hashed = hashed_bytes(monkeypatch)
    tokens, form = ["current", "pending", "previous"], {"a": ["x" * length]}
    candidates = [f"https://example.com/{number}" for number in range(urls)]
    assert verify(tokens, PUBLISHED, candidates, form).cause is Cause.MISMATCH
    spent = sum(hashed) + len(hashed) * PAIR_COST
    assert spent <= MAX_HASHED
    # What ends it is the bound alone.
    assert len(hashed) == urls * len(tokens) or spent + max(hashed) + PAIR_COST > MAX_HASHED


@pytest.mark.parametrize(("urls", "length"), [(1_600, 1_000), (150, 34_000), (8, 520_000)])
def test_the_last_of_urls_and_tokens_still_counts_for_forms_as_they_are_sent(urls: int, length: int) -> None:
    candidates, form = [f"https://example.com/{number}" for number in range(urls)], {"a": ["x" * length]}
    made = signature("previous", candidates[-1], form)
    verdict = verify(["current", "pending", "previous"], made, candidates, form)
    assert verdict == Verdict(None, url=urls - 1, secret=2)


@given(secret=SECRETS, query=TEXT, form=FORMS, algorithm=ALGORITHMS)
def test_forms_are_signed_as_the_sdk_signs_them(
    secret: str, query: str, form: dict[str, list[str]], algorithm: Algorithm
) -> None:
    url = f"https://example.com/webhook/default?q={quote(query)}"
    expected = RequestValidator(secret).compute_signature(url, Repeated(form), algorithm.name)
    assert signature(secret, url, form, algorithm) == expected
    assert verify([secret], expected, [url], form, algorithm=algorithm).cause is None


@given(secret=SECRETS, body=TEXT, sent=TEXT, algorithm=ALGORITHMS)
def test_json_bodies_are_judged_as_the_sdk_judges_them(secret: str, body: str, sent: str, algorithm: Algorithm) -> None:
    url = f"https://example.com/webhook/default?x=1&bodySHA256={sha256(body.encode()).hexdigest()}"
    validator = RequestValidator(secret)
    header = validator.compute_signature(url, {}, algorithm.name)
    for text in (body, sent):
        cause = verify([secret], header, [url], {}, sha256(text.encode()).hexdigest(), algorithm).cause
        assert (cause is None) == validator.validate(url, text, header, algorithm.name)


@given(secret=SECRETS, form=FORMS, algorithm=ALGORITHMS)
def test_a_signature_by_another_algorithm_is_of_another_length(
    secret: str, form: dict[str, list[str]], algorithm: Algorithm
) -> None:
    [other] = set(Algorithm) - {algorithm}
    made = RequestValidator(secret).compute_signature(URL, Repeated(form), algorithm.name)
    assert verify([secret], made, [URL], form, algorithm=other).cause is Cause.LENGTH


def test_the_algorithms_are_those_of_the_sdk() -> None:
    assert {(each.name, hashlib.new(each.value).digest_size) for each in Algorithm} == {
        (HMAC_SHA1, 20),
        (HMAC_SHA256, 32),
    }


@given(tokens=st.lists(ANYTHING, max_size=2), header=st.none() | ANYTHING, url=ANYTHING, name=ANYTHING, value=ANYTHING)
def test_nothing_raises_and_nothing_made_up_is_accepted(
    tokens: list[str], header: str | None, url: str, name: str, value: str
) -> None:
    assert verify(tokens, header, [url], {name: [value]}).cause
    assert verify(tokens, PUBLISHED, [url], {name: [value]}, body_hash=value).cause


def test_the_matching_url_and_token_are_told() -> None:
    verdict = verify(["old", "12345"], PUBLISHED, ["https://example.com/", URL], PARAMETERS)
    assert verdict == Verdict(None, url=1, secret=1)


def test_distinct_values_of_a_repeated_parameter_count_sorted() -> None:
    once = signature("12345", URL, {"a": ["2", "1"]})
    assert signature("12345", URL, {"a": ["1", "2", "1"]}) == once
    assert signature("12345", URL, {"a": ["1"]}) != once


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        (None, Cause.MISSING),
        ("", Cause.MISSING),
        ("x", Cause.MALFORMED),
        (PUBLISHED + "\n", Cause.MALFORMED),
        (f"{PUBLISHED},{PUBLISHED}", Cause.MALFORMED),
        ("ä" * 27 + "=", Cause.MALFORMED),
        ("\ud800", Cause.MALFORMED),
        ("A" * 28, Cause.LENGTH),
        ("A" * 43 + "=", Cause.LENGTH),
        ("A" * 27 + "=", Cause.MISMATCH),
        # Decodes to the same digest, but is not what Twilio writes.
        ("L/OH5YylLD5NRKLltdqwSvS0BnV=", Cause.MISMATCH),
    ],
)
def test_a_wrong_header_is_refused_with_its_cause(header: str | None, cause: Cause) -> None:
    assert verify(["12345"], header, [URL], PARAMETERS).cause is cause


@pytest.mark.parametrize(
    ("token", "url", "parameters"),
    [
        ("12346", URL, PARAMETERS),
        ("12345", "https://example.com/myapp.php", PARAMETERS),
        ("12345", URL, {**PARAMETERS, "Digits": ["1235"]}),
        ("12345", URL, {**PARAMETERS, "Extra": ["1"]}),
        ("12345", URL, {name.lower(): values for name, values in PARAMETERS.items()}),
        ("12345", URL, {}),
    ],
)
def test_another_token_url_or_parameter_does_not_match(token: str, url: str, parameters: dict[str, list[str]]) -> None:
    assert verify([token], PUBLISHED, [url], parameters).cause is Cause.MISMATCH


def test_without_a_token_nothing_is_accepted() -> None:
    assert verify([], PUBLISHED, [URL], PARAMETERS).cause is Cause.NO_TOKEN


@pytest.mark.parametrize("query", ["", "bodySHA256=", "bodySHA256=00", "bodysha256={}", "bodySHA256=00&bodySHA256={}"])
def test_a_body_whose_hash_the_url_does_not_name_is_refused(query: str) -> None:
    body_hash = sha256(b"{}").hexdigest()
    url = "https://example.com/?" + query.format(body_hash)
    assert verify(["12345"], signature("12345", url, {}), [url], {}, body_hash).cause is Cause.BODY_HASH


def test_the_hash_is_named_by_the_query_alone_which_begins_at_the_first_question_mark() -> None:
    body_hash = sha256(b"{}").hexdigest()
    for url, cause in (
        (f"https://example.com/?bodySHA256={body_hash}&a=?b", None),
        (f"https://example.com/#?bodySHA256={body_hash}", Cause.BODY_HASH),
    ):
        assert verify(["12345"], signature("12345", url, {}), [url], {}, body_hash).cause is cause


@pytest.mark.parametrize(("room", "cause"), [(0, None), (-1, Cause.MISMATCH)])
def test_as_much_is_hashed_as_the_bound_says_and_not_a_byte_more(
    monkeypatch: pytest.MonkeyPatch, room: int, cause: Cause | None
) -> None:
    monkeypatch.setattr(of_signature, "MAX_HASHED", len(URL) + of_signature.PAIR_COST + room)
    assert verify(["12345"], signature("12345", URL, {}), [URL], {}).cause is cause
