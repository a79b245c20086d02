"""What a webhook says, out of forms, queries and JSON documents."""

import json
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook_requests import ACCOUNT_SID, FORM, http_event, load_event
from twilio_connector.strict_json import MAX_DEPTH
from twilio_connector.webhook.http_request import RefusedError, parse_request
from twilio_connector.webhook.payload import (
    MAX_PARAMETERS,
    Payload,
    SignedPart,
    parse_payload,
    parse_query,
    signed_part,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def both_of(body: bytes, content_type: str = FORM, **changes: Any) -> tuple[SignedPart, Payload]:
    request = parse_request(http_event(body=body, headers={"Content-Type": content_type}, **changes))
    signed = signed_part(request)
    return signed, parse_payload(request, signed)


def payload_of(body: bytes, content_type: str = FORM, **changes: Any) -> Payload:
    return both_of(body, content_type, **changes)[1]


def refusal_of(body: bytes, content_type: str = FORM, **changes: Any) -> int:
    with pytest.raises(RefusedError) as caught:
        payload_of(body, content_type, **changes)
    return caught.value.status


@given(st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=3), min_size=1, max_size=5))
def test_every_value_of_a_form_is_kept_as_it_was_sent(form: dict[str, list[str]]) -> None:
    signed, payload = both_of(urlencode(form, doseq=True).encode())
    assert payload.fields == signed.fields == form
    assert payload.data == {name: values if len(values) > 1 else values[0] for name, values in form.items()}


def test_blank_values_count_and_nothing_is_trimmed() -> None:
    assert payload_of(b"a=&b=+x+&c&a=").data == {"a": ["", ""], "b": " x ", "c": ""}


def test_a_get_s_parameters_are_its_payload_and_not_signed_apart() -> None:
    signed, payload = both_of(b"", method="GET", query="To=%2B1555&Tag=a&Tag=b")
    assert payload.data == {"To": "+1555", "Tag": ["a", "b"]}
    assert signed == SignedPart()


@pytest.mark.parametrize("content_type", ["application/json", "application/cloudevents-batch+json; charset=utf-8"])
def test_a_json_document_is_parsed_and_asks_for_its_hash(content_type: str) -> None:
    signed, payload = both_of(b'[{"a": 1.5}]', content_type)
    assert payload.data == [{"a": 1.5}]
    assert signed == SignedPart(body_hash=sha256(b'[{"a": 1.5}]').hexdigest(), is_document=True)


def test_a_post_of_nothing_at_all_is_an_empty_form() -> None:
    assert payload_of(b"", content_type="").data == {}


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_another_content_type_is_unsupported(content_type: str) -> None:
    assert refusal_of(b"a=1", content_type) == 415


@pytest.mark.parametrize("body", [b"a=%ff", b"\xff=1", b"a=%ED%A0%80", b"&".join([b"a=1"] * (MAX_PARAMETERS + 1))])
def test_a_form_that_cannot_be_decoded_is_a_bad_request(body: bytes) -> None:
    assert refusal_of(body) == 400


@pytest.mark.parametrize(
    "body",
    [
        *(b" ", b"{", b"\xff", b"NaN", b'{"a": -Infinity}', b"[1e999]", b"9" * 5_000, b"[9223372036854775808]"),
        *(b"[" * 200_000, "\ufeff{}".encode()),
    ],
    ids=["blank", "cut", "not-utf-8", "nan", "infinity", "overflow", "endless", "65-bits", "deep", "bom"],
)
def test_a_document_that_is_not_json_is_a_bad_request(body: bytes) -> None:
    assert refusal_of(body, "application/json") == 400


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_document_may_be_nested_as_deep_as_any_reader_can_follow(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "0" + closing * depth).encode()

    assert payload_of(nested(MAX_DEPTH), "application/json").data
    assert refusal_of(nested(MAX_DEPTH + 1), "application/json") == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_other_methods_are_not_allowed(method: str) -> None:
    assert refusal_of(b"a=1", method=method) == 405


def test_a_query_that_is_not_utf_8_is_kept_as_far_as_it_can_be() -> None:
    assert parse_query("a=%ff&b=1") == {"a": ["\ufffd"], "b": ["1"]}


@pytest.mark.parametrize(
    ("form", "is_ours"),
    [
        (b"a=1", True),
        (b"AccountSid=AC1&AccountSid=AC1", True),
        (b"AccountSid=AC1&AccountSid=AC2", False),
        # A blank one names nobody: not another account.
        (b"AccountSid=", True),
        (b"AccountSid=&ParentAccountSid=", True),
        (b"AccountSid=&AccountSid=AC2", False),
        (b"AccountSid=AC2&ParentAccountSid=", False),
        (b"AccountSid=AC2&ParentAccountSid=AC1", True),
        (b"AccountSid=AC2&ParentAccountSid=AC3", False),
        (b"AccountSid=AC2&ParentAccountSid=AC1&ParentAccountSid=AC3", False),
        (b"AccountSid=AC1&ParentAccountSid=AC3", True),
    ],
)
def test_a_form_says_whose_it_is_by_its_account_or_the_parent_of_that(form: bytes, is_ours: bool) -> None:
    assert payload_of(form).is_of("AC1") == is_ours
    assert payload_of(b"", method="GET", query=form.decode()).is_of("AC1") == is_ours


@pytest.mark.parametrize("document", [{"AccountSid": "AC2"}, [{"data": {"account_sid": "AC2"}}], "AC2", None])
def test_a_document_says_nothing_of_whose_it_is(document: object) -> None:
    assert payload_of(json.dumps(document).encode(), "application/json").is_of("AC1")


def test_the_first_value_that_is_not_blank_is_taken() -> None:
    payload = payload_of(b"MessageSid=&SmsSid=&SmsSid=SM1")
    assert payload.first("MessageSid", "SmsSid") == "SM1"
    assert payload.first("CallSid") == ""


def test_a_payload_s_content_does_not_show() -> None:
    request = parse_request(load_event("http-api-inbound-message"))
    signed = signed_part(request)
    shown = repr((signed, parse_payload(request, signed)))
    assert "See you" not in shown
    assert quote("See you") not in shown
    assert ACCOUNT_SID not in shown
