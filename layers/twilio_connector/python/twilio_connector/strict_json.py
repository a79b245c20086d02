"""JSON as the standard has it, from any sender: Python's parser accepts more, and fails in its own way."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

# Every parser of JSON has a limit, and not every reader of an event has the same as this process.
MAX_DEPTH = 100
# "For the JSON number (integer) data type", PutEvents takes 64 bits:
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1
_CONTAINERS = (dict, list)
_TOO_DEEP = "it is nested too deeply"


def parse_json(text: str | bytes, *, large_integers: bool = False) -> Any:
    """The document *text*; bytes are UTF-8, or what their beginning says (RFC 4627).

    Raises ValueError for what is not JSON, for more than ``MAX_DEPTH`` levels of it, and, without *large_integers*, for
    whole numbers beyond 64 bits, which no event can hold. Its text completes the sentence "this cannot be read:" and
    quotes nothing of *text*.
    """
    try:
        integer = int if large_integers else _integer_of_64_bits
        document = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=integer)
    except json.JSONDecodeError as exc:
        raise ValueError(f"what follows its first {exc.pos:,} characters is not JSON") from None
    except UnicodeDecodeError:
        # Python's own words show the byte that it stumbled over.
        raise ValueError("it is not valid Unicode") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if is_deeper_than(MAX_DEPTH, document):
        raise ValueError(_TOO_DEEP)
    return document


def is_deeper_than(limit: int, document: Any) -> bool:
    """Whether more than *limit* arrays and objects of *document* are nested in each other."""
    level = [document] if isinstance(document, _CONTAINERS) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
    return bool(level)


def texts_in(value: Any) -> Iterator[str]:
    """All strings and numbers in a parsed *value* except its keys, and those in the JSON that a string of it holds.

    By Python's own parser: what is looked for here was sent as it is, valid or not.
    """
    rest = [value]
    while rest:
        match rest.pop():
            case str(text):
                yield text
                rest.append(_container_in(text))
            case int() | float() as number if not isinstance(number, bool):
                yield json.dumps(number)
            case dict(members):
                rest += members.values()
            case list(items):
                rest += items


def _container_in(text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def _refuse_constant(name: str) -> NoReturn:
    # Python reads NaN and Infinity; JSON knows neither, and an event that held one would be refused by the bus.
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number in it is out of range")
    return number


def _integer_of_64_bits(text: str) -> int:
    # By its length first: Python takes long for numbers of thousands of digits, or refuses them.
    if len(text) <= len(str(MIN_INTEGER)) and MIN_INTEGER <= (number := int(text)) <= MAX_INTEGER:
        return number
    raise ValueError("a whole number in it is beyond 64 bits")
