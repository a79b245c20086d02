"""Whom a raw request texts, where it creates a message: the stack's limits hold for it as for send_sms.

Why: docs/decisions.md#2026-11-28-every-post-of-twilios-has-a-verdict
"""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from twilio_connector.connections.connection import Connection
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.raw_request.pairs import pairs
from twilio_connector.raw_request.url import decoded
from twilio_connector.twilio.addresses import normalize_recipient

if TYPE_CHECKING:
    from twilio_connector.limits.admission import Admission, Limits

# The list of an account's messages, in any format; ``SMS/Messages`` is its older name.
_MESSAGES = re.compile(r".*/accounts/[^/]+/(?:sms/)?messages(?![a-z0-9_-])[^/]*/*")
_PART = re.compile(r"content-disposition\s*:[^\r\n]*\bname", re.IGNORECASE)


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, distinct from an array."""


def admission_of(
    inputs: Inputs, method: str, url: str, connection: Connection, limits: "Limits | None"
) -> "Admission | None":
    """The admission of the message that the request creates; None where it creates none, or nothing is limited.

    Raises :class:`InvalidInputError` for a message to none, or to several: *limits* could not be kept.
    """
    if not limits or not limits.are_set or not _creates_message(method, url):
        return None
    recipients = {_normalised(value, connection.default_country) for value in _recipients(inputs, url)}
    if len(recipients) != 1:
        raise InvalidInputError("A message must name one recipient, as To, because this stack limits its texts.")
    return limits.admission(connection.name, recipients.pop())


def _creates_message(method: str, url: str) -> bool:
    path = decoded(url.partition("?")[0], errors="replace").casefold()
    return method == "POST" and _MESSAGES.fullmatch(re.split("[?#]", path, maxsplit=1)[0]) is not None


def _recipients(inputs: Inputs, url: str) -> Iterator[str]:
    """Every ``To`` that Twilio may read: in the query, the form or the JSON text."""
    data: Any = inputs.value("data")
    given: list[tuple[str, Any]] = [*parse_qsl(urlsplit(url).query)]
    for name in ("formData", "fileData"):
        given += pairs(inputs.value(name), name)
    if isinstance(data, str):
        if _PART.search(data):
            raise InvalidInputError("data must not be multipart, because this stack limits its texts: use formData.")
        given += [*parse_qsl(data), *_members(data)]
    if isinstance(data, dict | list):
        given += pairs(data, "data")
    for name, value in given:
        if name.strip().casefold() == "to":
            yield from (_text(one) for one in (value if isinstance(value, list) else [value]))


def _members(text: str) -> list[tuple[str, Any]]:
    """The members of the JSON object *text*, those too that come twice; none where it is none.

    By Python's own parser: it is sent as it is, and its reader may be as lenient.
    """
    try:
        parsed = json.loads(text, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        return []
    return parsed if isinstance(parsed, _Members) else []


def _text(value: Any) -> str:
    if type(value) is not int and not isinstance(value, str):
        raise InvalidInputError("To must be a string, because this stack limits its texts.")
    return str(value)


def _normalised(value: str, country: str) -> str:
    """*value* as send_sms would send it; what is not the address of a recipient, unchanged."""
    try:
        return normalize_recipient(value.strip(), country, "To")
    except InvalidInputError:
        return value.strip()
