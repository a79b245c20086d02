"""The key-value inputs of a raw request: objects, or lists of ``{"key", "value"}``."""

import json
from typing import Any

from twilio_connector.errors import InvalidInputError


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
        raise InvalidInputError(f"{name}: every key must be a string that is not blank.")
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
    if isinstance(value, dict):
        raise InvalidInputError(f"{name}: a value that is an object must be written as JSON text.")
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str):
        raise InvalidInputError(f"{name}: every value must be text, a number, a boolean or, in files and forms, bytes.")
    return text


def _is_pair(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() == {"key", "value"}
