"""To which countries may be sent, by the numbers of recipients."""

from typing import TYPE_CHECKING

from twilio_connector.errors import RecipientNotAllowedError
from twilio_connector.settings import SettingsError

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# The region of numbers that belong to no country: +800, +882, …
NO_COUNTRY = "001"
NORTH_AMERICA = 1
# Of a number in E.164.
MOST_DIGITS = 15
# What follows an area code in a number that its country can have given out.
_SUBSCRIBER = 2_345_678


def parse_countries(text: str) -> frozenset[str]:
    """ISO 3166 codes, comma-separated, as a set. Raises :class:`SettingsError` for one that no number is of."""
    if not text:
        return frozenset()
    import phonenumbers

    codes = frozenset(code.strip() for code in text.split(",") if code.strip())
    if not codes or codes - phonenumbers.SUPPORTED_REGIONS:
        raise SettingsError(
            "ALLOWED_COUNTRIES contains an unknown code; it takes ISO 3166 codes in capitals, such as GB (not UK)."
        )
    return codes


def check_country(recipient: str, countries: frozenset[str]) -> None:
    """Raise :class:`RecipientNotAllowedError` where *recipient* is not of one of *countries*, if there are any.

    *recipient* is in E.164, or a channel address around such a number (``whatsapp:+15551234567``).
    """
    if not countries:
        return
    country = country_of(number_in(recipient))
    if country is None:
        raise RecipientNotAllowedError(
            "The recipient's address does not belong to a country, and this stack sends only to the countries in its "
            "AllowedCountries."
        )
    if country not in countries:
        raise RecipientNotAllowedError(f"The recipient is in {country}, which is not in this stack's AllowedCountries.")


def number_in(recipient: str) -> str:
    """The number in *recipient*, in E.164; what is a number itself, or holds none, as it is."""
    _, colon, address = recipient.partition(":")
    return address.strip() if colon and address.strip().startswith("+") else recipient


def canonical(number: str) -> str:
    """The one form of *number*, with its country code, however it is written; anything else as it is.

    Of zeros too many before it libphonenumber takes away one at a time: it makes ``+490151…`` of ``+49 00151…``, and
    ``+49151…``, which is the same phone, when it reads that again.
    """
    import phonenumbers

    for _ in range(MOST_DIGITS if number.startswith("+") else 0):
        try:
            form = phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.E164)
        except phonenumbers.NumberParseException:
            break
        if form == number:
            break
        number = form
    return number


def country_of(number: str) -> str | None:
    """The ISO 3166 code of the country of *number*, in E.164; None for anything else, and for numbers of no country.

    Countries that share a country code have ranges of it. A number that none of them has given out counts as one of the
    area code that it begins with or, where none has that, of the country that the code is mainly for.
    """
    import phonenumbers

    if not number.startswith("+"):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        return None
    region = phonenumbers.region_code_for_number(parsed) or _region_of_range(parsed)
    return None if region in (NO_COUNTRY, phonenumbers.UNKNOWN_REGION) else region


def _region_of_range(number: "PhoneNumber") -> str:
    import phonenumbers

    code = number.country_code or 0
    if code == NORTH_AMERICA:
        area = int(str(number.national_number)[:3])
        likely = phonenumbers.PhoneNumber(country_code=code, national_number=area * 10_000_000 + _SUBSCRIBER)
        if region := phonenumbers.region_code_for_number(likely):
            return region
    return phonenumbers.region_code_for_country_code(code)
