"""JSON from strangers: what is read, and what is said of it where it cannot be."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_connector.strict_json import MAX_DEPTH, MAX_INTEGER, MIN_INTEGER, parse_json

OUTSIDE = [MAX_INTEGER + 1, MIN_INTEGER - 1, 10**19, -(10**19), 10**30, 10**4000]


@given(st.integers(MIN_INTEGER, MAX_INTEGER))
def test_a_whole_number_of_64_bits_is_read_as_it_stands(number: int) -> None:
    assert parse_json(f"[{number}]") == [number]


@pytest.mark.parametrize("number", [MIN_INTEGER, MAX_INTEGER, 0, 2**53 + 1])
def test_so_are_the_outermost_ones(number: int) -> None:
    assert parse_json(str(number)) == number


@pytest.mark.parametrize("number", OUTSIDE, ids=range(len(OUTSIDE)))
@pytest.mark.parametrize("around", ["{}", '{{"a": [{}]}}', "[[1, {}]]"])
def test_a_whole_number_beyond_64_bits_is_refused_wherever_it_stands(number: int, around: str) -> None:
    with pytest.raises(ValueError, match=r"^a whole number in it is beyond 64 bits$"):
        parse_json(around.format(number))


def test_a_number_of_any_length_costs_no_more_than_its_reading() -> None:
    with pytest.raises(ValueError, match="beyond 64 bits"):
        parse_json("9" * 5_000_000)


def test_a_float_may_be_larger() -> None:
    assert parse_json("[1e30, 123456789012345678901234567890.5]") == [1e30, 123456789012345678901234567890.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"to": "+15551234567", "message": "She said "Hi""}', "what follows its first 45 characters is not JSON"),
        ("", "what follows its first 0 characters is not JSON"),
        ('{"message": "Hello\nWorld"}', "what follows its first 18 characters is not JSON"),
        (json.dumps("x" * 1_000_000) + "x", "what follows its first 1,000,002 characters is not JSON"),
        ("NaN", "NaN is not JSON"),
        ("[1e999]", "a number in it is out of range"),
        (b'{"to": "\xff"}', "it is not valid Unicode"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "it is nested too deeply"),
        ("[" * 200_000, "it is nested too deeply"),
    ],
    ids=["quotes", "empty", "line", "more", "nan", "overflow", "bytes", "deep", "abyss"],
)
def test_what_is_wrong_is_said_without_a_word_of_the_text(text: str | bytes, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_json(text)
    assert str(caught.value) == said
