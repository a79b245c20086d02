"""To which countries a stack sends: by the whole number, wherever it is."""

import pytest

from twilio_connector.errors import RecipientNotAllowedError
from twilio_connector.limits.countries import check_country, country_of, number_in, parse_countries
from twilio_connector.settings import SettingsError

COUNTRIES = {
    "+12125550123": "US",
    "+15551234567": "US",
    "+15005550006": "US",
    "+14165550123": "CA",
    "+14161234567": "CA",
    "+18761234567": "JM",
    "+18095550123": "DO",
    "+442079460000": "GB",
    "+447700900123": "GB",
    "+441481960194": "GG",
    "+79161234567": "RU",
    "+77011234567": "KZ",
    "+525562000000": "MX",
    "+393123456789": "IT",
}
NOWHERE = [
    "+80012345678",
    "+882161234567",
    "+870773111632",
    "+999123456789",
    "12345",
    "Acme",
    "+",
    "+1555",
    "",
    "5551234567",
]


@pytest.mark.parametrize("number", COUNTRIES)
@pytest.mark.parametrize("channel", ["", "whatsapp:", "rcs:"])
def test_a_number_is_of_its_country_also_in_a_channel_address(number: str, channel: str) -> None:
    country = COUNTRIES[number]
    assert country_of(number_in(channel + number)) == country
    check_country(channel + number, frozenset({country, "FR"}))
    with pytest.raises(RecipientNotAllowedError, match=f"in {country}, "):
        check_country(channel + number, frozenset({"FR"}))


@pytest.mark.parametrize("recipient", [*NOWHERE, *(f"whatsapp:{each}" for each in NOWHERE), "messenger:15551234567"])
def test_what_is_of_no_country_is_refused_while_there_is_a_list(recipient: str) -> None:
    with pytest.raises(RecipientNotAllowedError, match="does not belong to a country") as caught:
        check_country(recipient, frozenset({"US", "CA", "GB"}))
    assert not recipient or recipient not in str(caught.value)
    check_country(recipient, frozenset())


@pytest.mark.parametrize(
    ("text", "codes"), [("", set()), ("US", {"US"}), ("US,CA", {"US", "CA"}), ("US, CA ,GB", {"US", "CA", "GB"})]
)
def test_the_list_is_one_of_codes(text: str, codes: set[str]) -> None:
    assert parse_countries(text) == codes


@pytest.mark.parametrize("text", ["UK", "US,UK", "us", "001", "ZZ", ",", "US;CA"])
def test_a_code_that_no_country_has_is_an_error_of_the_deployment(text: str) -> None:
    with pytest.raises(SettingsError, match="ALLOWED_COUNTRIES"):
        parse_countries(text)
