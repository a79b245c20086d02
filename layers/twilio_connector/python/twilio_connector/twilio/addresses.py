"""Phone numbers and other addresses of messages, normalised to what Twilio takes.

A *possible* number (length and country code fit) is enough: whether it is assigned is Twilio's to say.
"""

import re

from twilio_connector.errors import InvalidInputError

# whatsapp:+15551234567, messenger:123, rcs:brand_agent: https://www.twilio.com/docs/messaging/channels
_CHANNEL = re.compile(r"[a-z]{2,20}:[!-~]{1,240}")
# https://www.twilio.com/docs/glossary/what-is-a-short-code; no number with an area code is that short.
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
# https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}")
# No number holds a letter; an asterisk only stands before what is dialled after it.
_NOT_IN_NUMBERS = re.compile(r"[^\W\d_]|\*")
# Of the "5551234" of "5551234 x12"; what has fewer digits before its first letter is a name, as "24x7" is.
_FIVE_DIGITS_FIRST = re.compile(r"(?:[^A-Za-z0-9]*[0-9]){5}")


def normalize_recipient(value: str, country: str, name: str) -> str:
    """The E.164 form of *value*, or a channel address as it is.

    *country* (ISO 3166, ``US``) is assumed where *value* has no country code; *name* is what an error calls the input.
    Raises :class:`InvalidInputError`; extensions are refused, not dropped.
    """
    # Here and not above: a webhook or a poll without filters never needs the metadata of all countries.
    import phonenumbers

    if _CHANNEL.fullmatch(value):
        return value
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException as exc:
        raise InvalidInputError(f"{name} is not a phone number, nor another address that fits here.") from exc
    if number.extension:
        raise InvalidInputError(f"{name} has an extension, which no message can be sent to or from.")
    if _NOT_IN_NUMBERS.search(value):
        raise InvalidInputError(f"{name} is no phone number (it holds letters or '*'), nor another address that fits.")
    # is_possible_number() would also take a local number without its area code.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise InvalidInputError(f"{name} is not a possible phone number: its length or country code does not fit.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalize_sender(value: str, country: str, name: str) -> str:
    """As :func:`normalize_recipient`, but short codes and alphanumeric senders are taken as they are, too."""
    if _SHORT_CODE.fullmatch(value) or (_ALPHANUMERIC.fullmatch(value) and not _has_extension(value, country)):
        return value
    return normalize_recipient(value, country, name)


def _has_extension(sender: str, country: str) -> bool:
    """Whether the alphanumeric *sender* is a number with an extension: "5551234 x12", not "24x7" nor "Box 12"."""
    import phonenumbers

    try:
        return bool(phonenumbers.parse(sender, country).extension) and _FIVE_DIGITS_FIRST.match(sender) is not None
    except phonenumbers.NumberParseException:
        return False
