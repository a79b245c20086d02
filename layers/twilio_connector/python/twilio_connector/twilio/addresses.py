"""Phone numbers and other addresses of messages, normalised to what Twilio takes.

A *possible* number (length and country code fit) is enough: whether it is assigned is Twilio's to say.
"""

import re
from unicodedata import normalize

from twilio_connector.errors import InvalidInputError

# https://www.twilio.com/docs/glossary/what-e164
E164 = "Write it in E.164: a plus sign, the country code and the number."
MEXICO = 52

# whatsapp:+15551234567, messenger:123, rcs:brand_agent: https://www.twilio.com/docs/messaging/channels
_CHANNEL = re.compile(r"[a-z]{2,20}:[!-~]{1,240}")
# https://www.twilio.com/docs/glossary/what-is-a-short-code; no number with an area code is that short.
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
# https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}")
# No number contains a letter; an asterisk only precedes what is dialled after the number.
_NOT_IN_NUMBERS = re.compile(r"[^\W\d_]|\*")
# Of the "5551234" of "5551234 x12"; what has fewer digits before its first letter is a name, as "24x7" is.
_FIVE_DIGITS_FIRST = re.compile(r"(?:[^A-Za-z0-9]*[0-9]){5}")

# What callers' networks send as a number, with or without a plus sign: E.164 has 15 digits at most.
_CALLER_ID = re.compile(r"[+(]{0,2}(?:[0-9][\s().,/\-\u00b7\u2010-\u2015]*){7,15}")
_PUNCTUATION = re.compile(r"[^0-9+]")


def normalize_recipient(value: str, country: str, name: str) -> str:
    """The E.164 form of *value*, or a channel address as it is.

    *country* (ISO 3166, ``US``) is assumed where *value* has no country code; *name* is what an error calls the input.
    Raises :class:`InvalidInputError`, which says how the number is written; extensions are refused, not dropped.
    """
    # Here and not above: a webhook or a poll without filters never needs the metadata of all countries.
    import phonenumbers

    if _CHANNEL.fullmatch(value):
        return value
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException as exc:
        raise InvalidInputError(f"{name} is not a phone number or another address allowed here. {E164}") from exc
    if number.extension:
        raise InvalidInputError(f"{name} has an extension, which no message can be sent to or from.")
    if _NOT_IN_NUMBERS.search(value):
        raise InvalidInputError(f"{name} is not a phone number (it has letters or '*') nor another allowed address.")
    # is_possible_number() would also take a local number without its area code.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise InvalidInputError(
            f"{name} is not a possible phone number: its length or country code does not fit. {E164}"
            + _digits_after(number.country_code or 0)
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalize_sender(value: str, country: str, name: str) -> str:
    """As :func:`normalize_recipient`, but what Twilio lists as an address, and no text can be sent to, is taken, too.

    Short codes and alphanumeric senders stay as they are; of impossible numbers the digits remain: raw caller IDs, and
    numbers as their country once wrote them. A search for an address that nobody has finds nothing.
    """
    if _SHORT_CODE.fullmatch(value) or (_ALPHANUMERIC.fullmatch(value) and not _has_extension(value, country)):
        return value
    try:
        return normalize_recipient(value, country, name)
    except InvalidInputError:
        digits = normalize("NFKC", value)
        if not _CALLER_ID.fullmatch(digits) or _has_extension(value, country):
            raise
        return _PUNCTUATION.sub("", digits)


def _digits_after(country_code: int) -> str:
    """How many digits follow the *country_code*, as a sentence; empty for one that there is not."""
    import phonenumbers

    metadata = phonenumbers.PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(country_code))
    if not metadata or not metadata.general_desc:
        return ""
    lengths = metadata.general_desc.possible_length
    most = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    former = " Leave out the 1 that mobile numbers of Mexico once began with." if country_code == MEXICO else ""
    return f" {most} digits follow the country code {country_code}.{former}"


def _has_extension(sender: str, country: str) -> bool:
    """Whether the alphanumeric *sender* is a number with an extension: "5551234 x12", not "24x7" nor "Box 12"."""
    import phonenumbers

    try:
        return bool(phonenumbers.parse(sender, country).extension) and _FIVE_DIGITS_FIRST.match(sender) is not None
    except phonenumbers.NumberParseException:
        return False
