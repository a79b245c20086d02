"""Errors: a class for each thing a caller can do, and messages without phone numbers."""

import inspect

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twilio_connector import errors
from twilio_connector.errors import MAX_MESSAGE_LENGTH, TwilioConnectorError, UnexpectedError
from twilio_connector.masking import mask_numbers

# The public error types: callers name them in Catch and Retry.
CONTRACT = {
    "InvalidInputError",
    "ConnectionConfigError",
    "TwilioAuthenticationError",
    "TwilioNotFoundError",
    "TwilioRejectedError",
    "TwilioOptedOutError",
    "TwilioResponseError",
    "RecipientNotAllowedError",
    "SendLimitError",
    "TwilioThrottledError",
    "TwilioUnavailableError",
    "OutcomeUnknownError",
    "SendInProgressError",
    "IdempotencyConflictError",
    "ServiceUnavailableError",
}
GAPS = ["", " ", "-", ".", ",", "/", "+", " - ", "%20", "%2D", "%2B", "%2520", "\u00a0"]


def classes() -> set[type[TwilioConnectorError]]:
    found = (value for _, value in inspect.getmembers(errors, inspect.isclass))
    return {value for value in found if issubclass(value, TwilioConnectorError)} - {TwilioConnectorError}


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def test_the_tree_is_the_public_one_and_a_class_for_defects() -> None:
    assert {cls.__name__ for cls in classes()} == CONTRACT | {UnexpectedError.__name__}


@pytest.mark.parametrize("cls", sorted(classes(), key=str))
def test_every_class_is_drawn_in_the_tree_of_the_module(cls: type[TwilioConnectorError]) -> None:
    assert f"── {cls.__name__} " in str(errors.__doc__)


def test_only_the_opt_out_is_a_kind_of_another_error() -> None:
    bases = {cls.__name__: cls.__bases__[0].__name__ for cls in classes()}
    assert bases.pop("TwilioOptedOutError") == "TwilioRejectedError"
    assert set(bases.values()) == {"TwilioConnectorError"}


@pytest.mark.parametrize(
    "spelling",
    [
        "+15551234567",
        "15551234567",
        "5551234567",
        "(555) 123-4567",
        "+1 (555) 123-4567",
        "+1.555.123.4567",
        "001-555-123-4567",
        "555/123-4567",
        "555\u00a0123\u00a04567",
        "+44 20 7946 4567",
        "%2B15551234567",
        "%2b1%20555%20123%204567",
        "%28555%29%20123-4567",
        "whatsapp:+15551234567",
        "1234567",
        "1,234,567",
        "15,551,234,567",
        "+1,555,123,4567",
        "1,555,123,4567",
    ],
)
def test_a_phone_number_keeps_its_last_four_digits_however_it_is_spelled(spelling: str) -> None:
    masked = mask_numbers(f"The number {spelling} is not reachable.")

    assert digits(masked) == "4567"
    assert "*4567" in masked


@given(st.text("0123456789", min_size=7, max_size=15), st.sampled_from(GAPS), st.sampled_from(["", "+", "%2B", "("]))
@example("20260315", "", "")
def test_no_run_of_digits_that_can_be_a_number_survives(number: str, gap: str, prefix: str) -> None:
    assert digits(mask_numbers(f"To={prefix}{gap.join(number)}")) == number[-4:]


@given(st.integers(1_000_000), st.sampled_from(["", ".", " is unverified", " digits", " Characters", " byte"]))
def test_a_number_that_software_has_grouped_is_masked_as_any_other(number: int, after: str) -> None:
    assert digits(mask_numbers(f"The number {number:,}{after}")) == str(number)[-4:]


@given(
    st.integers(1_000_000_000) | st.integers(1_000_000, 999_999_999).map(lambda number: f"+{number:,}"),
    st.sampled_from([" characters", " bytes"]),
)
def test_a_unit_makes_no_count_of_what_is_longer_than_a_count_or_begins_with_a_plus(number: object, unit: str) -> None:
    written = f"{number:,}" if isinstance(number, int) else str(number)
    assert digits(mask_numbers(written + unit)) == digits(written)[-4:]


@given(st.integers(0, 999_999_999), st.sampled_from(["characters", "bytes"]))
def test_a_count_of_ours_is_never_eaten(count: int, unit: str) -> None:
    told = f"message has {count:,} {unit}; Twilio takes at most 1,600."
    assert mask_numbers(told) == told


@pytest.mark.parametrize(
    "kept",
    [
        "SM12345678901234567890123456789012",
        "/2010-04-01/Accounts/AC12345678901234567890123456789012/Messages/MM1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d.json",
        "2026-03-15T14:32:10.000Z",
        "2026-03-15",
        "Twilio answered 400 (code 21610): no. https://www.twilio.com/docs/errors/21610",
        "message has 1,601 characters; Twilio takes at most 1,600.",
        "message has 1,000,000 characters; Twilio takes at most 1,600.",
        "A 'Webhook Received' event of 6,291,456 bytes is too large to publish.",
        "a whole number from 1 to 10000",
    ],
)
def test_sids_dates_codes_and_counts_stay_readable(kept: str) -> None:
    assert mask_numbers(kept) == kept


def test_an_error_masks_and_bounds_its_message() -> None:
    error = TwilioConnectorError("+15551234567 " + "x" * 2_000, status=400, code=21211)

    assert str(error).startswith("*4567 x")
    assert len(str(error)) == MAX_MESSAGE_LENGTH == 1_000
    assert (error.status, error.code) == (400, 21211)
    assert "5551234567" not in repr(error)


def test_an_error_holds_no_half_of_a_surrogate_pair_which_would_be_the_end_of_the_runtime() -> None:
    assert str(TwilioConnectorError("half \ud83d of \U0001f600")) == "half ? of \U0001f600"
