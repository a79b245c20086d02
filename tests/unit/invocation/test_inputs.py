"""Inputs of an action: JSON values in, typed values or an error that names the input out."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs


def inputs(**values: Any) -> Inputs:
    return Inputs(values, ["a", "b"])


@pytest.mark.parametrize("event", [None, [], "text", 5, True])
def test_an_input_that_is_no_object_is_refused(event: object) -> None:
    with pytest.raises(InvalidInputError, match="must be a JSON object"):
        Inputs(event, [])


def test_an_unknown_key_is_named_together_with_the_allowed_ones() -> None:
    with pytest.raises(InvalidInputError, match=r"^Unknown input c; allowed are connection, a, b.$"):
        inputs(a=1, c=None)


def test_not_everything_unknown_is_repeated() -> None:
    with pytest.raises(InvalidInputError, match=r"^Unknown input x, xx, xxx, xxxx, xxxxx; allowed"):
        inputs(**{"x" * length: 1 for length in range(1, 10)})


@pytest.mark.parametrize("key", ["Meet me there", "+15551234567", "0123456789abcdef0123456789abcdef", "x" * 33, ""])
def test_a_key_that_looks_like_no_name_may_be_private_and_is_not_repeated(key: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^Unknown input name; allowed are connection, a, b.$"):
        inputs(**{key: 1})


@pytest.mark.parametrize("blank", ["", " ", "\t\n", None])
def test_a_blank_string_and_null_are_absent(blank: str | None) -> None:
    given = inputs(a=blank, connection=blank)
    assert "a" not in given
    assert given.text("a") is given.value("a") is given.instant("a") is None
    assert given.number("a", 7, 1, 9) == 7
    assert given.flag("a", True) is True
    assert given.connection == "default"
    with pytest.raises(InvalidInputError, match=r"^a is required.$"):
        given.required("a")


def test_text_is_kept_as_it_is() -> None:
    assert inputs(a="  Hello\n").required("a") == "  Hello\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (482913, "482913"),
        (15551234567, "15551234567"),
        (15551234567.0, "15551234567"),
        (1.5551234567e10, "15551234567"),
        (0, "0"),
        (-5, "-5"),
        (5.0, "5"),
        (2**53 + 1, "9007199254740993"),
        (float(2**53 - 1), "9007199254740991"),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
    ],
)
def test_a_whole_number_is_the_text_of_its_digits(value: Any, text: str) -> None:
    given = inputs(a=value, connection=value)
    assert given.text("a") == given.required("a") == given.connection == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_and_its_text_in_json_are_one_text(number: int) -> None:
    as_number, as_text = json.loads(f'{{"a": {number}}}'), json.loads(f'{{"a": "{number}"}}')
    assert inputs(**as_number).text("a") == inputs(**as_text).text("a")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_whole_number_that_it_can_only_have_been_or_no_text(number: float) -> None:
    if number.is_integer() and abs(number) < 2**53:
        assert inputs(a=number).text("a") == f"{Fraction(number)}"
    else:
        with pytest.raises(InvalidInputError, match=r"^a must be a string"):
            inputs(a=number).text("a")


@pytest.mark.parametrize(
    "value", [True, False, [], {}, ["x"], 1.5, 1e-7, float(2**53), 1e300, 2**63, -(2**63) - 1, 10**400]
)
def test_what_is_neither_text_nor_a_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"^a must be a string, or a whole number of at most 64 bits.$"):
        inputs(a=value).text("a")


@pytest.mark.parametrize("event", [{"a": "\ud800"}, {"a": ["x\udfff"]}, {"a": {"\ud83d": 1}}, {"b\ude00": 1}])
def test_half_a_surrogate_pair_is_refused_wherever_it_stands(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="surrogate"):
        Inputs(event, ["a", "b"])


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"b": -float("inf")}])
def test_numbers_that_json_does_not_have_are_refused_wherever_they_stand(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="NaN"):
        inputs(a=value)


# Every character that Python counts as a blank, some of which its int() does not take.
BLANKS = [character for character in map(chr, range(0x110000)) if character.isspace()]


@pytest.mark.parametrize(("value", "expected"), [(5, 5), ("5", 5), (" 5 ", 5), (5.0, 5), (1, 1), ("9", 9)])
def test_a_number_may_be_its_string(value: Any, expected: int) -> None:
    assert inputs(a=value).number("a", 7, 1, 9) == expected


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_blanks_around_a_number_are_none_of_it(blank: str) -> None:
    assert inputs(a=f"{blank}5").number("a", 7, 1, 9) == inputs(a=f"5{blank * 30}").number("a", 7, 1, 9) == 5
    assert inputs(a=f"{blank}true{blank}").flag("a", False) is True
    assert inputs(a=f"{blank}2026-03-15T14:32:10Z{blank}").instant("a") == datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", [0, 10, -1, "-1", 5.5, "5.5", "five", True, [5], {}, "1" * 5_000, 10**400])
def test_what_is_no_number_within_the_bounds_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"^a must be a whole number from 1 to 9.$"):
        inputs(a=value).number("a", 7, 1, 9)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), ("TRUE", True), (" false ", False)])
def test_a_boolean_may_be_its_string(value: Any, expected: bool) -> None:
    assert inputs(a=value).flag("a", not expected) is expected


@pytest.mark.parametrize("value", [1, 0, "yes", "1", [], {}])
def test_what_is_no_boolean_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"^a must be true or false.$"):
        inputs(a=value).flag("a", True)


@pytest.mark.parametrize(
    "text",
    ["2026-03-15T14:32:10Z", "2026-03-15T14:32:10", "2026-03-15 16:32:10+02:00", " 20260315T143210Z "],
)
def test_an_instant_is_utc_unless_it_says_otherwise(text: str) -> None:
    assert inputs(a=text).instant("a") == datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)


def test_a_day_is_its_midnight() -> None:
    assert inputs(a="2026-03-15").instant("a") == datetime(2026, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        *("yesterday", "1773585130", "2026-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.5Z"),
        *(1773585130, 1773585130000, 20260315, 20260315.0, True),
    ],
)
def test_what_is_no_instant_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"^a must be an ISO 8601 instant"):
        inputs(a=value).instant("a")
