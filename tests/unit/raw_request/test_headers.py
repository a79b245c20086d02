"""The headers of raw requests: in any of their forms, and only those that are the caller's to set."""

from typing import Any

import pytest

from twilio_connector.errors import InvalidInputError
from twilio_connector.raw_request.headers import REFUSED_HEADERS, header_fields


@pytest.mark.parametrize(
    "value",
    [
        "user-agent: curl/7.64.1",
        ["User-Agent: curl/7.64.1"],
        {"User-Agent": "curl/7.64.1"},
        [{"key": "USER-AGENT", "value": " curl/7.64.1\t"}],
    ],
)
def test_headers_come_as_lines_objects_and_lists_of_either(value: Any) -> None:
    assert header_fields(value) == {"User-Agent": "curl/7.64.1"}


def test_repeated_headers_are_joined_and_colons_stay_in_values() -> None:
    value = ["Accept: text/xml", {"key": "accept", "value": "text/html"}, "X-Link: https://x:1"]
    assert header_fields(value) == {"Accept": "text/xml, text/html", "X-Link": "https://x:1"}


@pytest.mark.parametrize("name", sorted(REFUSED_HEADERS))
def test_headers_that_frame_or_authenticate_the_request_are_refused_in_any_spelling(name: str) -> None:
    for spelt in (name, name.upper(), f" {name}\t", name.replace("-", "_")):
        for value in ({spelt: "x"}, [f"{spelt}: x"], [{"key": spelt, "value": "x"}]):
            with pytest.raises(InvalidInputError):
                header_fields(value)


@pytest.mark.parametrize(
    "value",
    [
        "User-Agent",
        ": x",
        {"A b": "x"},
        {"A:": "x"},
        {"A\r\nB": "x"},
        {"A\n": "x"},
        {"A": "x\r\nAuthorization: Basic x"},
        {"A": "x\n"},
        {"A": "x\x00"},
        {"A": "\u00fc"},
        {"\u00dc": "x"},
        ["A: x\r\nB: y"],
        [7],
        7,
    ],
)
def test_malformed_headers_are_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError):
        header_fields(value)
