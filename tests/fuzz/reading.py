"""What a target makes of the bytes that it gets."""

import json
from base64 import b64encode
from typing import Any

# What the fuzzer makes of "" or of {}.
NOTHING = object()


def document(data: bytes) -> Any:
    """The JSON document in *data*; ``NOTHING`` for what is none.

    By Python's own parser, as Lambda's runtime reads an event.
    """
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError):
        return NOTHING


def text(part: Any, name: str) -> str:
    """The string that the object *part* has under *name*, else an empty one."""
    value = part.get(name) if isinstance(part, dict) else None
    return value if isinstance(value, str) else ""


def number(part: Any, name: str) -> int:
    """The whole number, not negative, that the object *part* has under *name*, else 0."""
    value = part.get(name) if isinstance(part, dict) else None
    return abs(value) if type(value) is int else 0


def as_bytes(body: str) -> bytes:
    """The bytes that *body* means: a character each, or UTF-8 where there are others."""
    try:
        return body.encode("latin-1")
    except UnicodeEncodeError:
        return body.encode("utf-8", "surrogatepass")


def seed(value: Any) -> bytes:
    """The input that :func:`document` reads *value* from."""
    return json.dumps(value).encode()


def in_base64(body: bytes) -> str:
    """*body* as events hold it."""
    return b64encode(body).decode()
