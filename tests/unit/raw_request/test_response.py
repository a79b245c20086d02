"""What raw_request makes of Twilio's answers."""

import json
from io import BytesIO
from typing import Any

import pytest
from urllib3 import HTTPHeaderDict
from urllib3.response import HTTPResponse

from twilio_connector.errors import TwilioResponseError
from twilio_connector.invocation.results import MAX_RESULT_BYTES
from twilio_connector.raw_request.response import result_of


def answer(body: bytes, content_type: str = "application/json", status: int = 200) -> HTTPResponse:
    return HTTPResponse(body=BytesIO(body), headers={"Content-Type": content_type}, status=status)


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'{"sid": "SM1", "n": 1.5, "x": null}', {"sid": "SM1", "n": 1.5, "x": None}),
        (b"[]", []),
        (b'"h\xc3\xbc"', "h\u00fc"),
        (b"<Response/>", "<Response/>"),
        (b'{"cut": ', '{"cut": '),
        (b"[NaN]", "[NaN]"),
        (b"[1e999]", "[1e999]"),
        (b"[" * 100_000, "[" * 100_000),
        (b'["\\ud83d"]', r'["\ud83d"]'),
        (b'{"\\udc00": 1}', r'{"\udc00": 1}'),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"", None),
    ],
)
def test_json_is_parsed_and_what_does_not_parse_comes_as_text(body: bytes, data: Any) -> None:
    assert result_of(answer(body), "json")["data"] == data


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"h\xc3\xbc", "text/plain", "h\u00fc"),
        (b"h\xfc", "text/plain; charset=ISO-8859-1", "h\u00fc"),
        (b"h\xfc", "text/plain; charset='latin-1'", "h\u00fc"),
        (b"h\xfc", "text/plain", "h\ufffd"),
        (b"h", "text/plain; charset=unheard-of", "h"),
        (b"6869", "text/plain; charset=hex", "6869"),
        (b"h", "text/plain; charset=undefined", "h"),
        (b"h+2AA-", "text/plain; charset=utf-7", "h+2AA-"),
        (b"h\\ud800", "text/plain; charset=unicode_escape", r"h\ud800"),
        (b"", "text/plain", ""),
    ],
)
def test_text_is_read_in_its_charset(body: bytes, content_type: str, text: str) -> None:
    assert result_of(answer(body, content_type), "text")["data"] == text


def test_binary_comes_as_base64_and_says_so() -> None:
    result = result_of(answer(b"\x00\xff", "image/png", 206), "binary")
    assert result == {"data": "AP8=", "isBase64Encoded": True, "status": 206, "headers": {"content-type": "image/png"}}


def test_header_names_are_lower_case_and_repeated_ones_joined() -> None:
    headers = HTTPHeaderDict([("X-A", "1"), ("x-a", "2"), ("Twilio-Request-Id", "RQ1")])
    result = result_of(HTTPResponse(body=b"{}", headers=headers, status=200), "json")
    assert result["headers"] == {"x-a": "1, 2", "twilio-request-id": "RQ1"}


@pytest.mark.parametrize(
    ("body", "response_type"),
    [
        (b"x" * MAX_RESULT_BYTES, "text"),
        (b"x" * MAX_RESULT_BYTES, "json"),
        (b"x" * (MAX_RESULT_BYTES * 3 // 4 + 3), "binary"),
        ("\U0001f600".encode() * (MAX_RESULT_BYTES // 12 + 1), "text"),
        (b'"' * (MAX_RESULT_BYTES // 2), "text"),
    ],
)
def test_what_outgrows_lambdas_response_is_an_error(body: bytes, response_type: str) -> None:
    with pytest.raises(TwilioResponseError, match="200"):
        result_of(answer(body), response_type)


@pytest.mark.parametrize(
    ("body", "response_type"),
    [
        (b"x" * (MAX_RESULT_BYTES - 200), "text"),
        (b"x" * (MAX_RESULT_BYTES * 3 // 4 - 300), "binary"),
    ],
)
def test_what_just_fits_is_returned(body: bytes, response_type: str) -> None:
    assert len(json.dumps(result_of(answer(body), response_type))) <= MAX_RESULT_BYTES
