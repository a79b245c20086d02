"""Twilio's answers: which error each one is, and what its message says."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.response import HTTPResponse

from twilio_connector import errors
from twilio_connector.errors import OutcomeUnknownError, TwilioConnectorError, TwilioResponseError
from twilio_connector.twilio.responses import error_of, json_object, redirects

HTML = b"<html><h1>Bad Gateway</h1></html>"


def response(status: int, body: Any = None) -> HTTPResponse:
    return HTTPResponse(io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode()), status=status)


@pytest.mark.parametrize(
    ("status", "code", "name"),
    [
        (301, None, "TwilioResponseError"),
        (307, None, "TwilioResponseError"),
        (400, 21211, "TwilioRejectedError"),
        (400, 21610, "TwilioOptedOutError"),
        (401, 20003, "TwilioAuthenticationError"),
        (403, 20003, "TwilioAuthenticationError"),
        (404, 20404, "TwilioNotFoundError"),
        (405, 20004, "TwilioRejectedError"),
        (422, None, "TwilioRejectedError"),
        (429, 20429, "TwilioThrottledError"),
    ],
)
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_status_below_500_has_its_class_whatever_the_request_was(
    status: int, code: int | None, name: str, repeatable: bool
) -> None:
    error = error_of(response(status, {"code": code, "message": "No."}), repeatable=repeatable)
    assert type(error) is getattr(errors, name)
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_error_leaves_the_outcome_unknown_unless_repeating_is_harmless(status: int) -> None:
    assert type(error_of(response(status), repeatable=True)) is errors.TwilioUnavailableError
    assert type(error_of(response(status), repeatable=False)) is errors.OutcomeUnknownError


def test_the_message_is_one_sentence_with_status_code_and_documentation() -> None:
    body = {
        "code": 21211,
        "message": "Invalid 'To' Phone Number: +15551234567",
        "more_info": "https://www.twilio.com/docs/errors/21211",
        "status": 400,
    }
    assert str(error_of(response(400, body), repeatable=False)) == (
        "Twilio answered 400 (code 21211): Invalid 'To' Phone Number: *4567 https://www.twilio.com/docs/errors/21211"
    )


@pytest.mark.parametrize("body", [HTML, b"", b"\xff\xfe", b"[" * 100_000, b"[]", b'"text"', b"null"])
def test_an_answer_of_another_form_is_not_quoted(body: bytes) -> None:
    assert str(error_of(response(502, body), repeatable=True)) == "Twilio answered 502"


@pytest.mark.parametrize(
    "body",
    [
        {"code": "0x1", "message": ["x"], "more_info": "https://evil.example/"},
        {"code": True, "message": None, "more_info": 5},
    ],
)
def test_fields_of_another_form_are_left_out(body: dict[str, Any]) -> None:
    error = error_of(response(400, body), repeatable=True)
    assert (str(error), error.code) == ("Twilio answered 400", None)


def test_what_xml_says_counts_as_much() -> None:
    said = "<Code>21610</Code><Message>Attempt to send to unsubscribed recipient</Message><Status>400</Status>"
    body = f"<?xml version='1.0'?><TwilioResponse><RestException>{said}</RestException></TwilioResponse>".encode()
    error = error_of(response(400, body), repeatable=False)
    assert type(error) is errors.TwilioOptedOutError
    assert str(error) == "Twilio answered 400 (code 21610): Attempt to send to unsubscribed recipient"


def test_texts_of_the_request_that_twilio_quotes_are_taken_out() -> None:
    body = {"message": "The body 'Hello World' (Hello) is not allowed."}
    error = error_of(response(400, body), repeatable=False, private=["Hello", "  Hello World\n", " "])
    assert str(error) == "Twilio answered 400: The body '…' (…) is not allowed."


@given(
    status=st.integers(300, 599),
    body=st.dictionaries(
        st.sampled_from(["code", "message", "detail", "title", "more_info", "status"]),
        st.text(max_size=3_000) | st.integers() | st.none() | st.lists(st.integers(), max_size=2),
    ),
)
def test_every_answer_gives_one_of_our_errors_with_a_bounded_message(status: int, body: dict[str, Any]) -> None:
    error = error_of(response(status, body), repeatable=False)
    assert isinstance(error, TwilioConnectorError)
    assert str(error).startswith(f"Twilio answered {status}")
    assert len(str(error)) <= 1_000
    assert isinstance(error, OutcomeUnknownError) == (status >= 500 or status == 408)


def test_a_json_object_is_parsed_and_anything_else_refused() -> None:
    assert json_object(response(200, {"sid": "x"})) == {"sid": "x"}
    for body in (HTML, b"", b'{"sid": "SM', b"[]"):
        with pytest.raises(TwilioResponseError, match=r"^Twilio answered 200 with a body that is not a JSON object.$"):
            json_object(response(200, body))


@pytest.mark.parametrize(
    ("status", "headers", "body", "redirected"),
    [
        (307, {"Location": "https://media.example/1?signature=2"}, None, True),
        (302, {"location": "/elsewhere"}, b"", True),
        (307, {}, {"redirect_to": "https://exports.example/day.gz?signature=2"}, True),
        (307, {"Location": " "}, {"redirect_to": "https://exports.example/day.gz"}, True),
        (307, {"Location": ""}, {"redirect_to": " "}, False),
        (304, {}, b"", False),
        (307, {}, {"redirect_to": None}, False),
        (307, {}, [], False),
        (200, {"Location": "https://media.example/1"}, None, False),
        (201, {}, {"redirect_to": "https://exports.example/day.gz"}, False),
        (400, {"Location": "https://media.example/1"}, None, False),
    ],
)
def test_a_redirect_is_one_if_it_says_where_to(
    status: int, headers: dict[str, str], body: Any, redirected: bool
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert redirects(HTTPResponse(io.BytesIO(raw), headers, status)) is redirected


def test_a_text_cut_between_two_utf_16_units_is_mended_on_its_way_in() -> None:
    body = rb'{"body": "half \ud83d of \ud83d\ude00", "\uDC00": ["\ud83d"], "from": "\ude00"}'
    assert json_object(response(200, body)) == {"body": "half ? of \U0001f600", "\\udc00": ["?"], "from": "?"}
