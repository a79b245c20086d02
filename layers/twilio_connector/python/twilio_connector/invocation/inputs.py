"""Reading the inputs of an action: JSON values in, typed values or :class:`InvalidInputError` out.

A blank string is an absent value; booleans and numbers may be their strings, and a text may be a whole number.
"""

import json
import re
from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime
from typing import Any

from twilio_connector.connections.connection import DEFAULT_CONNECTION
from twilio_connector.errors import InvalidInputError
from twilio_connector.strict_json import MAX_DEPTH, MAX_INTEGER, MIN_INTEGER, is_deeper_than

# An error names unknown inputs that look like names; anything else may be a text or a token in the wrong place.
NAME_LIKE = re.compile("[A-Za-z_-]{1,32}")
# From here on a float may be rounded from the whole number next to it.
INEXACT_FROM = 2**53


def as_text(value: object) -> str | None:
    """The text that *value* is, or the digits of a whole number; None for what has no such text, or several.

    1.5 was perhaps written 1.50, and an integer beyond 64 bits, or a float beyond 53, may have been another one.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < INEXACT_FROM:
        value = int(value)
    if type(value) is int and MIN_INTEGER <= value <= MAX_INTEGER:
        return str(value)
    return value if isinstance(value, str) else None


class Inputs:
    """The inputs of one invocation. *allowed* names all that the action knows, except ``connection``."""

    def __init__(self, event: object, allowed: Iterable[str]) -> None:
        if not isinstance(event, dict):
            raise InvalidInputError("The input must be a JSON object.")
        refuse_what_is_no_json(event)
        names = ["connection", *allowed]
        if unknown := [key for key in event if key not in names]:
            told = [key for key in unknown if isinstance(key, str) and NAME_LIKE.fullmatch(key)][:5]
            raise InvalidInputError(f"Unknown input {', '.join(told) or 'name'}; allowed are {', '.join(names)}.")
        self._values: dict[str, Any] = {
            key: value
            for key, value in event.items()
            if value is not None and not (isinstance(value, str) and not value.strip())
        }

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def connection(self) -> str:
        """The connection's name; its look-up refuses an impossible one."""
        return self.text("connection") or DEFAULT_CONNECTION

    def value(self, name: str) -> Any:
        """The input as it came, or None where it is absent."""
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        """A string, or the digits of a whole number; None where it is absent."""
        value = self._values.get(name)
        text = as_text(value)
        if text is None and value is not None:
            raise InvalidInputError(f"{name} must be a string, or a whole number of at most 64 bits.")
        return text

    def required(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if value is None:
            raise InvalidInputError(f"{name} is required.")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from *low* to *high*, or its string."""
        value = self._values.get(name, default)
        # Without the blanks around it: int() takes some of them for none.
        if isinstance(value, str) and (digits := value.strip()).isdecimal() and len(digits) < 20:
            value = int(digits)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int or not low <= value <= high:
            raise InvalidInputError(f"{name} must be a whole number from {low} to {high}.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """A boolean, or its string."""
        value = self._values.get(name, default)
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value.strip().lower())
        if not isinstance(value, bool):
            raise InvalidInputError(f"{name} must be true or false.")
        return value

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 instant as an aware datetime in UTC; one without an offset is taken as UTC.

        A number is none: it counts seconds or milliseconds since 1970, or is a date without hyphens.
        """
        given = self._values.get(name)
        if given is None:
            return None
        try:
            parsed = datetime.fromisoformat(given.strip() if isinstance(given, str) else "")
            if parsed.year == MAXYEAR:
                raise ValueError("Rounded up to a whole second it might leave the calendar.")
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as exc:
            raise InvalidInputError(f"{name} must be an ISO 8601 instant, as in 2026-03-15T14:32:10Z.") from exc


def refuse_what_is_no_json(value: object, name: str = "The input") -> None:
    """Raise :class:`InvalidInputError` for a parsed *value* that JSON cannot hold, or no request, or too deep.

    Lambda's runtime reads NaN; and JSON can escape half a surrogate pair, which no request can hold.
    """
    if is_deeper_than(MAX_DEPTH, value):
        raise InvalidInputError(f"{name} is nested too deeply.")
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"{name} contains an unpaired surrogate, which is not valid Unicode.") from None
    except ValueError:
        raise InvalidInputError(f"{name} contains NaN or an infinite number, which JSON does not have.") from None
