"""The input ``headers`` of a raw request, and which of them are not the caller's to set."""

import re
from typing import Any

from twilio_connector.errors import InvalidInputError
from twilio_connector.raw_request.pairs import text_pairs

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
            raise InvalidInputError(f"headers: {name[:64]} cannot be set by the caller.")
        spelt = "-".join(part.capitalize() for part in name.split("-"))
        fields[spelt] = f"{fields[spelt]}, {text}" if spelt in fields else text
    return fields


def _header_lines(value: Any) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            name, colon, text = entry.partition(":")
            if not colon:
                raise InvalidInputError("headers: a string must have the form 'Name: value'.")
            lines.append((name, text))
        else:
            lines += text_pairs([entry] if isinstance(value, list) else entry, "headers")
    return [(name.strip(" \t"), text.strip(" \t")) for name, text in lines]
