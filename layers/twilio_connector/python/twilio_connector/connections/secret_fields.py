"""The fields of a secret, each of the right form."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from twilio_connector.connections.countries import COUNTRIES
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.strict_json import parse_json

# Whether a text has the form of a field, and words for that form.
_Form = tuple[Callable[[str], object], str]


def _pattern(pattern: str, words: str) -> _Form:
    return re.compile(pattern).fullmatch, words


# Credentials travel in HTTP headers: printable ASCII, no blanks.
_CREDENTIAL = _pattern(r"[!-~]{1,512}", "printable ASCII without blanks")
_PLACE = _pattern(r"[a-z0-9-]{1,32}", "lower-case letters, digits and hyphens")
_ACCOUNT = _pattern(r"AC[0-9a-fA-F]{32}", "AC and 32 hexadecimal digits")
_SHARED_KEYS = "sharedKeys"
_FORMS: dict[str, _Form] = {
    "accountSid": _ACCOUNT,
    "apiKeySid": _pattern(r"SK[0-9a-fA-F]{32}", "SK and 32 hexadecimal digits"),
    "apiKeySecret": _CREDENTIAL,
    "authToken": _CREDENTIAL,
    "parentAccountSid": _ACCOUNT,
    "region": _PLACE,
    "edge": _PLACE,
    "defaultCountry": (COUNTRIES.__contains__, "a country's ISO 3166 code, such as GB"),
}
# What a secret may hold.
SECRET_FIELDS = frozenset({*_FORMS, _SHARED_KEYS})

# As the header X-Twilio-Webhooks-Signature-Settings can name it: neither a comma nor an equals sign.
SHARED_KEY_ID = re.compile(r"[!-+\--<>-~]{1,256}")
_MAX_SHARED_KEYS = 100


@dataclass(frozen=True)
class SecretFields:
    """The known fields of the secret called *label*, but absent, null and empty ones; a ``repr`` shows no value."""

    label: str
    texts: Mapping[str, str] = field(repr=False)
    shared_keys: Mapping[str, str] = field(repr=False)

    def get(self, key: str) -> str | None:
        """The field *key*, None where it is absent."""
        return self.texts.get(key)

    def required(self, key: str) -> str:
        """The field *key*. Raises :class:`ConnectionConfigError` where it is absent."""
        if key not in self.texts:
            raise self.error(f"{key} is missing.")
        return self.texts[key]

    def error(self, sentence: str) -> ConnectionConfigError:
        """What is wrong with this secret."""
        return ConnectionConfigError(f"Connection '{self.label}': {sentence}")


def read_fields(label: str, secret: str) -> SecretFields:
    """Read the JSON text *secret*, which errors call *label*.

    Raises :class:`ConnectionConfigError`, which names the field that is wrong, never its value.
    """
    try:
        # Fields that are not known may hold any number.
        parsed = parse_json(secret, large_integers=True)
    except ValueError:
        raise ConnectionConfigError(f"Connection '{label}': the secret is not JSON.") from None
    if not isinstance(parsed, dict):
        raise ConnectionConfigError(f"Connection '{label}': the secret is not a JSON object.")
    texts: dict[str, str] = {}
    for key, (has_form, words) in _FORMS.items():
        value = parsed.get(key)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or not has_form(value):
            raise ConnectionConfigError(f"Connection '{label}': {key} is malformed; it must be {words}.")
        texts[key] = value
    return SecretFields(label, texts, _shared_keys(label, parsed.get(_SHARED_KEYS)))


def _shared_keys(label: str, value: Any) -> dict[str, str]:
    """Secrets by key ID. Errors show neither, because a user may have exchanged the two."""
    if value is None or value == "":
        return {}
    is_credential, words = _CREDENTIAL
    if (
        not isinstance(value, dict)
        or len(value) > _MAX_SHARED_KEYS
        or not all(map(SHARED_KEY_ID.fullmatch, value))
        or not all(isinstance(secret, str) and is_credential(secret) for secret in value.values())
    ):
        raise ConnectionConfigError(
            f"Connection '{label}': {_SHARED_KEYS} is malformed; it must be an object that maps at most "
            f"{_MAX_SHARED_KEYS} shared key IDs (no commas, equals signs or blanks) to their secrets ({words})."
        )
    return value
