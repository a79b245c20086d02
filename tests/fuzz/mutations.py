"""Changes of JSON documents that leave them documents: bytes changed at random hardly ever do."""

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

# The bytes that the fuzzer makes of some bytes, at most so many.
Mutate = Callable[[bytes, int], bytes]

# One in so many is changed as bytes, or is not a document to begin with.
AS_BYTES = 6
# One change in so many is of the whole document.
ROOT = 40
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**63, 10**400, 1e308, "", " ", "\0", "\ud800", "\u00e9", "+15551234567"),
    *([], {}, [[]], {"": None}, {"key": "a", "value": "b"}, "{}", "[1]", "x" * 300, "%", "%20", "a=b&a=c"),
)


def mutated(data: bytes, most: int, random: Random, mutate: Mutate, words: Sequence[str]) -> bytes:
    """*data*, changed in one place or a few; *words* are what may replace it."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return mutate(data, most)
    if random.randrange(AS_BYTES) == 0:
        return mutate(data, most)
    document = [document]
    for _ in range(1 + random.randrange(3)):
        _change(document, random, mutate, words)
    try:
        changed = json.dumps(document[0]).encode()
    except (ValueError, RecursionError):
        return mutate(data, most)
    return changed if len(changed) <= most else mutate(data, most)


def _change(document: list[Any], random: Random, mutate: Mutate, words: Sequence[str]) -> None:
    """Change one member of *document* or of what is in it."""
    # The whole, which comes first, seldom: what is put in its place is a small document, and stays one.
    whole, *places = _places(document)
    holder, key = random.choice(places) if places and random.randrange(ROOT) else whole
    match random.randrange(8):
        case 0:
            holder[key] = copy.deepcopy(random.choice(ODD))
        case 1:
            other, name = random.choice([whole, *places])
            holder[key] = copy.deepcopy(other[name])
        case 2 if holder is not document:
            del holder[key]
        case 3 if isinstance(holder, dict):
            # The same again under another name, which may be one of the same in another case.
            name = random.choice([*words, key.upper(), key.lower(), key.title(), key + " "])
            holder[name] = copy.deepcopy(holder[key])
        case 4 if isinstance(holder, list) and holder is not document:
            holder.insert(random.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
        case 5:
            holder[key] = random.choice([json.dumps(holder[key]), [holder[key]], random.choice(words)])
        case _:
            holder[key] = _value(holder[key], random, mutate, words)


def _value(value: Any, random: Random, mutate: Mutate, words: Sequence[str]) -> Any:
    """A value of the same type, mostly."""
    if isinstance(value, str):
        if words and random.randrange(3) == 0:
            at = random.randrange(len(value) + 1)
            return value[:at] + random.choice(words) + value[at + random.randrange(3) :]
        return mutate(value.encode("utf-8", "surrogatepass"), len(value) + 32).decode("utf-8", "replace")
    if type(value) is int:
        return value + random.choice([-1, 1, 7, 10**6, -value, value * 10 + random.randrange(10) - value])
    return copy.deepcopy(random.choice(ODD))


def _places(document: list[Any]) -> list[tuple[Any, Any]]:
    """Every container in *document*, itself among them, with each of its keys."""
    places: list[tuple[Any, Any]] = []
    rest: list[Any] = [document]
    while rest:
        holder = rest.pop()
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                rest.append(holder[key])
    return places
