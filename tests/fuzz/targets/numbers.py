"""Phone numbers: what is taken is E.164, allowed and limited as one however it is spelt, and is in no error."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from tests.fuzz.reading import document, number, seed, text
from twilio_connector.connections.countries import COUNTRIES
from twilio_connector.errors import InvalidInputError, RecipientNotAllowedError
from twilio_connector.limits.counters import Counters
from twilio_connector.limits.countries import check_country, country_of, number_in
from twilio_connector.twilio.addresses import normalize_recipient, normalize_sender

if TYPE_CHECKING:
    from twilio_connector.state.table import StateTable

IS_JSON = True
DICTIONARY = (
    *("number", "country", "+1", "+44", "+52", "+7", "+800", "+882", "00", "011", "(0)", " ext. 12", "x12", ";ext=5"),
    *("tel:", "whatsapp:", "messenger:", ";phone-context=", "\u202a", "\u200b", "\uff0b", "\u0665", "\u2011"),
    *("-", ".", " ", "/", "*", "#", "5551234567", "1-800-FLOWERS"),
)
NAMES = sorted(COUNTRIES)
# As long as libphonenumber takes for possible: of Germany's numbers, 17 digits.
E164 = re.compile(r"\+[1-9][0-9]{3,19}")
# A recipient's counter is known without the table.
COUNTERS = Counters(cast("StateTable", None), per_recipient_hour=1, per_day=0)
# Characters: beyond that nothing new is to be found.
MOST = 300


def seeds() -> Iterator[bytes]:
    """Numbers as people write them, other addresses, and what is neither."""
    for country, written in (
        *(("US", "+1 (555) 123-4567"), ("US", "5551234567"), ("GB", "020 7946 0018"), ("MX", "+52 1 55 1234 5678")),
        *(("DE", "0151 23456789"), ("US", "whatsapp:+15551234567"), ("US", "messenger:123456"), ("US", "12345")),
        *(("US", "Acme Shop"), ("US", "555-1234 x12"), ("US", "tel:+1-555-123-4567;ext=5"), ("IT", "06 1234 5678")),
        *(("US", "+800 1234 5678"), ("US", "\u202a+1\u200b5551234567"), ("EG", "\u0665\u0665\u0665"), ("BR", "+0")),
        *(("US", "+12425551234"), ("US", "+1 242 000 0000"), ("US", "rcs:brand_agent"), ("US", "15551234567890123")),
    ):
        yield seed({"country": NAMES.index(country), "number": written})


def fuzz_one(data: bytes) -> None:
    """Read one number as a recipient and as a sender."""
    given = document(data)
    written, country = text(given, "number")[:MOST], NAMES[number(given, "country") % len(NAMES)]
    recipient = _read(normalize_recipient, written, country)
    sender = _read(normalize_sender, written, country)
    if recipient is None:
        return
    assert sender is not None, "what can be sent to can be asked for"
    is_channel = ":" in recipient
    assert E164.fullmatch(recipient) or (is_channel and recipient == written)
    _assert_country(recipient)
    # Zeros too many may be left in it, of which each reading takes one away.
    again = normalize_recipient(recipient, country, "to")
    for other in (country, "US", "DE"):
        assert normalize_recipient(recipient, other, "to") == again
    spellings = [recipient, again]
    if not is_channel:
        assert country_of(recipient) == country_of(number_in(f"whatsapp:{recipient}"))
        spellings += [f"whatsapp:{recipient}", f"sms:{recipient[:3]} ({recipient[3:5]}) {recipient[5:]}"]
        assert normalize_recipient(f"{recipient[:3]} ({recipient[3:5]}) {recipient[5:]}", country, "to") == again
    assert len({COUNTERS.windows("default", each, at=0.0)[0].pk for each in spellings}) == 1, (
        "one recipient counts as two"
    )


def _read(normalize: Callable[[str, str, str], str], written: str, country: str) -> str | None:
    """What *normalize* makes of it; None where it is refused, without a word of it."""
    try:
        return normalize(written, country, "to")
    except InvalidInputError as exc:
        digits = re.findall(r"\d{5,}", str(exc))
        assert digits == [], "an error quotes the number"
        return None


def _assert_country(recipient: str) -> None:
    """A recipient is of one country, which libphonenumber lists, or of none: then no stack with a list sends there."""
    country = country_of(number_in(recipient))
    assert country is None or country in COUNTRIES
    for allowed in (frozenset({country or "US"}), COUNTRIES, COUNTRIES - {country}):
        try:
            check_country(recipient, frozenset(filter(None, allowed)))
        except RecipientNotAllowedError as exc:
            assert country not in allowed
            assert not re.search(r"\d{5}", str(exc))
        else:
            assert country in allowed
