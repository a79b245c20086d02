"""Phone numbers: one form for every spelling, and refusals in place of guesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twilio_connector.errors import InvalidInputError
from twilio_connector.twilio.addresses import normalize_recipient, normalize_sender

EXTENSIONS = [" x89", "x8", " X89", " ext 8", " ext. 89", " extension 89", ";ext=89", "#89", ",89", ",,89", ";89", "~8"]
SENDERS = ["12345", "123456", "Acme", "ACME Corp", "A-1_b&c+d", "4 Acme", "Acme 555123", "1800FLOWERS"]
# To a parser of phone numbers some of these have an extension.
SENDERS_THAT_END_IN_DIGITS = ["Box 12", "MyShop 24", "X12", "24x7", "24x7x365", "365 x 24"]


@pytest.mark.parametrize(
    "spelling",
    [
        "5551234567",
        "(555) 123-4567",
        "555.123.4567",
        "555 123 4567",
        "1-555-123-4567",
        "+1 (555) 123-4567",
        "+15551234567",
        "011 1 555 123 4567",
        "\uff0b\uff11\uff15\uff15\uff151234567",
    ],
)
def test_all_spellings_of_a_number_are_one(spelling: str) -> None:
    assert normalize_recipient(spelling, "US", "to") == "+15551234567"
    assert normalize_sender(spelling, "US", "from") == "+15551234567"


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("030 123456", "DE", "+4930123456"),
        ("07911 123456", "GB", "+447911123456"),
        ("00 49 30 123456", "GB", "+4930123456"),
        ("+44 7911 123456", "US", "+447911123456"),
    ],
)
def test_the_country_of_the_connection_counts_where_none_is_given(number: str, country: str, expected: str) -> None:
    assert normalize_recipient(number, country, "to") == expected


@given(st.from_regex("[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
def test_what_is_normalised_stays_as_it_is(number: str) -> None:
    normalised = normalize_recipient(number, "US", "to")
    assert normalised == f"+1{number}"
    assert normalize_recipient(normalised, "DE", "to") == normalised


@pytest.mark.parametrize("address", ["whatsapp:+15551234567", "messenger:1234567890", "rcs:brand_agent"])
def test_channel_addresses_pass(address: str) -> None:
    assert normalize_recipient(address, "US", "to") == address
    assert normalize_sender(address, "US", "from") == address


@pytest.mark.parametrize("sender", [*SENDERS, *SENDERS_THAT_END_IN_DIGITS])
@pytest.mark.parametrize("country", ["US", "DE"])
def test_a_sender_may_be_a_short_code_or_alphanumeric(sender: str, country: str) -> None:
    assert normalize_sender(sender, country, "from") == sender


@pytest.mark.parametrize("country", ["US", "DE"])
@pytest.mark.parametrize("number", ["5551234", "5551234567", "+15551234567", "12345"])
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_extension_is_refused_and_not_dropped(number: str, extension: str, country: str) -> None:
    for normalize in (normalize_sender, normalize_recipient):
        with pytest.raises(InvalidInputError, match=r"^from has an extension"):
            normalize(number + extension, country, "from")


@pytest.mark.parametrize("country", ["US", "DE"])
def test_what_is_to_be_dialled_after_the_number_does_not_become_a_part_of_it(country: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^to "):
        normalize_recipient("030 123456*7", country, "to")


@pytest.mark.parametrize(
    "value",
    [
        "1-800-FLOWERS",
        "Acme",
        "12345",
        "1234567",
        "12",
        "+1555123456789012",
        "+999 5551234567",
        "+",
        "().-",
        "WhatsApp:+15551234567",
        "whatsapp:",
        "whatsapp:+1 555\r\nX: y",
    ],
)
def test_a_recipient_that_is_no_possible_number_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^to ") as caught:
        normalize_recipient(value, "US", "to")
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+5215562000000", "+5215562000000"),
        ("+52 1 55 6200-0000", "+5215562000000"),
        ("19901234", "19901234"),
        ("2562533", "2562533"),
        ("+2562533", "+2562533"),
        ("(199) 01234", "19901234"),
        ("+266696687", "+266696687"),
        ("441234567890", "441234567890"),
    ],
)
def test_a_filter_or_sender_may_be_what_twilio_lists_and_nobody_can_be_texted_at(value: str, expected: str) -> None:
    assert normalize_sender(value, "US", "from") == expected
    with pytest.raises(InvalidInputError, match="Write it in E"):
        normalize_recipient(value, "US", "to")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("+5215562000000", "10 digits follow the country code 52. Leave out the 1 that mobile numbers of Mexico"),
        ("5551234", "10 digits follow the country code 1."),
        ("Acme", "Write it in E.164: a plus sign, the country code and the number."),
    ],
)
def test_a_refused_recipient_is_told_how_it_is_written(value: str, told: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        normalize_recipient(value, "US", "to")
    assert told in str(caught.value)


@pytest.mark.parametrize("value", ["Acme Corporation", "Ümlaut", "12", "030 123456*7", "1" * 16, "Acme\n", "!!!"])
def test_a_sender_of_none_of_the_kinds_is_refused(value: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^from "):
        normalize_sender(value, "US", "from")
