"""JSON from strangers: what is read is what Python's parser reads, what is refused is so in a few fixed words."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from tests.support.webhook_requests import HTTP_REQUESTS, INPUTS, load_event
from twilio_connector.strict_json import MAX_DEPTH, MAX_INTEGER, MIN_INTEGER, is_deeper_than, parse_json, texts_in

IS_JSON = False
DICTIONARY = (
    *("{", "}", "[", "]", ":", ",", '"', "null", "true", "false", "NaN", "-Infinity", "1e999", "-0", "1E+2", "0.1"),
    *("9223372036854775807", "-9223372036854775808", "9223372036854775808", "\\u0000", "\\ud83d\\ude00", "\\ud800"),
    *("\ufeff", "\0", "[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]", '{"a":'),
)
# All that may be said of a text, with a count or a name of JSON's neighbours in it.
SAID = re.compile(
    r"what follows its first [\d,]+ characters is not JSON|it is nested too deeply|it is not valid Unicode"
    r"|(?:NaN|-?Infinity) is not JSON|a number in it is out of range|a whole number in it is beyond 64 bits"
)


def seeds() -> Iterator[bytes]:
    """The event files, and what is at the borders."""
    for name in (*HTTP_REQUESTS, *INPUTS):
        yield json.dumps(load_event(name)).encode()
    for text in (
        *(
            "NaN",
            "[1e999]",
            "[-Infinity]",
            "9223372036854775808",
            "-9223372036854775808",
            '{"a": 1, "a": 2}',
            '"\\ud800"',
        ),
        *('["{\\"a\\": [1]}"]', "[" * 99 + "]" * 99, "[" * 101 + "]" * 101, "1.0", "-0", "\ufeff{}", '"a\nb"', "[1,]"),
    ):
        yield text.encode()
    for encoding in ("utf-16", "utf-32", "utf-16-le"):
        yield '{"a": "\u00e9"}'.encode(encoding)


def fuzz_one(data: bytes) -> None:
    """Read bytes, and the same as a text, by both parsers."""
    _compare(data)
    _compare(data.decode("utf-8", "replace"))


def _compare(text: str | bytes) -> None:
    try:
        expected = json.loads(text)
    except (ValueError, RecursionError):
        expected = ValueError
    for large in (False, True):
        try:
            read = parse_json(text, large_integers=large)
        except ValueError as exc:
            assert type(exc) is ValueError and SAID.fullmatch(str(exc)), f"says {exc}"
            assert expected is ValueError or _is_stricter(text, expected, large)
            continue
        assert expected is not ValueError
        assert repr(read) == repr(expected)
        written = json.dumps(read)
        assert repr(parse_json(written, large_integers=large)) == repr(read)
        found = list(texts_in(read))
        assert all(isinstance(each, str) for each in found)
        assert len(found) <= len(written)


def _is_stricter(text: str | bytes, value: Any, large: bool) -> bool:
    """Whether *text*, of which Python makes *value*, holds what JSON does not know, or we do not take."""
    odd: list[object] = []

    def integer(digits: str) -> int:
        found = int(digits)
        odd.extend([found] if not large and not MIN_INTEGER <= found <= MAX_INTEGER else [])
        return found

    def real(digits: str) -> float:
        found = float(digits)
        odd.extend([found] if math.isinf(found) else [])
        return found

    json.loads(text, parse_int=integer, parse_float=real, parse_constant=odd.append)
    return bool(odd) or is_deeper_than(MAX_DEPTH, value)
