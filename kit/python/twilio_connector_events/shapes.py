"""Checks whether a value has the shape of a type, for the few kinds of types that the kit's modules have."""

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

NAMES = {str: "a text", int: "a whole number", bool: "a boolean", NoneType: "null", dict: "an object", list: "a list"}


class Key(NamedTuple):
    """A key of a TypedDict."""

    name: str
    type: Any
    required: bool


def mismatch(value: object, expected: Any, place: str = "") -> str | None:
    """What is wrong with *value*, and where; None if it is as *expected*.

    Keys that a TypedDict does not have are ignored. Of a Literal, only the types of its values count. Later versions
    have more of both. The result quotes no value.
    """
    if expected is Any:
        return None
    if is_typeddict(expected):
        return _mismatch_of_keys(value, expected, place)
    origin, arguments = get_origin(expected), get_args(expected)
    if origin is UnionType:
        found = [mismatch(value, each, place) for each in arguments]
        return None if None in found else _expected(place, [kind for each in arguments for kind in _kinds(each)])
    kinds = list(_kinds(expected))
    # True is an int in Python, but not a number in JSON.
    if type(value) not in kinds:
        return _expected(place, kinds)
    if isinstance(value, list):
        return next(_wrong((f"{place}[{number}]", each, arguments[0]) for number, each in enumerate(value)), None)
    if isinstance(value, dict):
        # A key may be anything, even a person's number, so the result does not quote it.
        return next(_wrong((f"{place}.*", each, arguments[1]) for each in value.values()), None)
    return None


def _mismatch_of_keys(value: object, expected: Any, place: str) -> str | None:
    if not isinstance(value, dict):
        return _expected(place, [dict])
    for key in _keys(expected):
        inside = f"{place}.{key.name}" if place else key.name
        if key.name not in value:
            if key.required:
                return f"{inside} is missing"
        elif wrong := mismatch(value[key.name], key.type, inside):
            return wrong
    return None


@cache
def _keys(expected: Any) -> list[Key]:
    hints = get_type_hints(expected, include_extras=True)
    return [
        Key(name, get_args(hint)[0] if get_origin(hint) is NotRequired else hint, get_origin(hint) is not NotRequired)
        for name, hint in hints.items()
    ]


def _kinds(expected: Any) -> Iterator[type]:
    """The classes that a value of a type may be an instance of."""
    if get_origin(expected) is Literal:
        yield from {type(each): None for each in get_args(expected)}
    elif is_typeddict(expected):
        yield dict
    else:
        yield get_origin(expected) or expected


def _wrong(each: Any) -> Iterator[str]:
    for place, value, expected in each:
        if wrong := mismatch(value, expected, place):
            yield wrong


def _expected(place: str, kinds: list[type]) -> str:
    return f"{place or 'it'} is not {' or '.join(dict.fromkeys(NAMES[kind] for kind in kinds))}"
