"""What people read shows no number and no private text, in whatever way the two overlap."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_connector.errors import TwilioRejectedError
from twilio_connector.masking import redact

NUMBER = "+15551234567"


def seen(text: str, private: list[str]) -> str:
    return str(TwilioRejectedError(redact(text, private)))


@pytest.mark.parametrize(
    ("text", "private", "expected"),
    [
        (f"The number {NUMBER} is unverified", [], "The number *4567 is unverified"),
        (f"The number {NUMBER} is unverified", ["1"], "The number … is unverified"),
        (f"The number {NUMBER} is unverified", ["4567"], "The number … is unverified"),
        (f"The number {NUMBER} is unverified", ["+1555"], "The number … is unverified"),
        (f"The number {NUMBER} is unverified", ["number"], "The … *4567 is unverified"),
        ("from \u202a+1\u200b555\u2060123\u00ad4567\u202c", [], "from \u202a*4567\u202c"),
        ("Body 'Hello' is too long", [" Hello "], "Body '…' is too long"),
        ("Hello Hello, you", ["Hello", "Hello, you"], "… …"),
        ("aaa", ["aa"], "…"),
        # Quotations that touch are two, those that overlap are one.
        ("Hello you", ["Hello", " you", "o"], "… …"),
        ("abcdef", ["abc", "def"], "……"),
        (f"abcd {NUMBER} and {NUMBER}", ["bc"], "a…d *4567 and *4567"),
        # The digits of an escape are none of the number's.
        ("1555123%2520456", [], "*3456"),
        ("Nothing", ["", " "], "Nothing"),
        ("1,000,000 characters", [], "1,000,000 characters"),
        ("SM" + "0" * 32, [], "SM" + "0" * 32),
    ],
)
def test_numbers_are_masked_and_quotations_are_left_out(text: str, private: list[str], expected: str) -> None:
    assert seen(text, private) == expected


PIECES = st.sampled_from(["1", "5", "+1", "555", "+1555", "1234", "34567", "4567", "The", " ", ",", "55 5", NUMBER])


@given(
    before=st.text("ab 1-,+(%", max_size=8),
    after=st.text("ab 1-,+)%", max_size=8),
    number=st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True),
    private=st.lists(PIECES | st.text("0123456789+ ", min_size=1, max_size=5), max_size=6),
)
def test_no_run_of_seven_digits_of_a_number_survives_nor_its_pieces(
    before: str, after: str, number: str, private: list[str]
) -> None:
    shown = seen(f"{before} {number} {after}", private)
    runs = {number[at : at + 7] for at in range(len(number) - 6)}
    assert not any(run in re.sub("[^0-9+]", "", shown) for run in runs if run[0] != "+")
    # However it is cut up: what is left of the number is its last four digits, or nothing.
    if not before.strip() and not after.strip():
        assert re.sub("[^0-9]", "", shown) in ("", number[-4:])


@given(st.text("Hello 15", max_size=20), st.lists(st.text("Hello 15", min_size=1, max_size=6), max_size=4))
def test_no_private_text_survives(text: str, private: list[str]) -> None:
    shown = redact(text, private)
    assert not any(value.strip() in shown for value in private if value.strip())
