"""The key-value inputs of a raw request: objects, or lists of ``{"key", "value"}``."""

import json
import re
from typing import Any

from twilio_connector.errors import InvalidInputError

# What HTTP would take for the framing of the request, what callers must not replace (the credentials and the host
# they are for), and what would make the request another than its method says.
REFUSED_HEADERS = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
    }
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")


def pairs(value: Any, name: str) -> list[tuple[str, Any]]:
    """The input *name* as pairs, in their order; None gives none. Raises :class:`InvalidInputError`."""
    if value is None:
        return []
    if isinstance(value, dict):
        found = list(value.items())
    elif isinstance(value, list) and all(_is_pair(entry) for entry in value):
        found = [(entry["key"], entry["value"]) for entry in value]
    else:
        raise InvalidInputError(f"{name} must be an object or a list of objects with key and value.")
    if not all(isinstance(key, str) and key.strip() for key, _ in found):
        raise InvalidInputError(f"{name}: every key must be a string, and not blank.")
    return found


def text_pairs(value: Any, name: str) -> list[tuple[str, str]]:
    """Pairs whose values are text, as :func:`text_of` reads them; a list of values repeats its key."""
    return [
        (key, text_of(single, name))
        for key, values in pairs(value, name)
        for single in (values if isinstance(values, list) else [values])
    ]


def text_of(value: Any, name: str) -> str:
    """A string, number or boolean as text. Raises :class:`InvalidInputError`."""
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str):
        raise InvalidInputError(f"{name}: every value must be text, a number, a boolean or, in files and forms, bytes.")
    return text


def header_fields(value: Any) -> dict[str, str]:
    """The input ``headers`` by name, spelt ``Like-This``; in lists, ``"Name: value"`` strings are entries, too.

    Raises :class:`InvalidInputError` for malformed ones and for ``REFUSED_HEADERS``.
    """
    fields: dict[str, str] = {}
    for name, text in _header_lines(value):
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(text):
            raise InvalidInputError("headers: names must be HTTP tokens, values printable ASCII on one line.")
        # Some servers take an underscore for a hyphen.
        if name.lower().replace("_", "-") in REFUSED_HEADERS:
            raise InvalidInputError(f"headers: {name[:64]} is not the caller's to set.")
        spelt = "-".join(part.capitalize() for part in name.split("-"))
        fields[spelt] = f"{fields[spelt]}, {text}" if spelt in fields else text
    return fields


def _header_lines(value: Any) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            name, colon, text = entry.partition(":")
            if not colon:
                raise InvalidInputError("headers: a string must read 'Name: value'.")
            lines.append((name, text))
        else:
            lines += text_pairs([entry] if isinstance(value, list) else entry, "headers")
    return [(name.strip(" \t"), text.strip(" \t")) for name, text in lines]


def _is_pair(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"key", "value"}
