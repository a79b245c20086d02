"""Inputs as people put them into the send queue: as they should be, in envelopes, in numbers, and broken."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from tests.support.envelopes import REFUSED, UNWRAPPED

# By name, what is made of an input whose texts are all digits, and still is the same input.
NUMBERS: dict[str, Callable[[dict[str, str]], Any]] = {
    "all numbers": lambda given: {key: int(value) for key, value in given.items()},
    "a number as the text": lambda given: {**given, "message": int(given["message"])},
    "a number as the recipient": lambda given: {**given, "to": float(given["to"])},
    "numbers in an envelope": lambda given: json.dumps({key: int(value) for key, value in given.items()}),
}
# By name, what is made of an input that cannot be read.
BROKEN: dict[str, Callable[[dict[str, str]], str]] = {
    "broken by a transformer": lambda given: json.dumps(given)[:-1] + ', "note": "She said "Hi""}',
    "cut short": lambda given: json.dumps(given)[:-1],
    "beyond 64 bits": lambda given: json.dumps(given)[:-1] + f', "validityPeriod": {10**20}}}',
}


@dataclass(frozen=True)
class QueueInput:
    """One message for the send queue: its *body*, the *text* that is sent or not, and its own *key*, if one is read.

    *is_one*: whether send_sms can read an input in it.
    """

    text: str
    body: str
    key: str | None
    is_one: bool


def mixture(texts: list[str], changes: Mapping[str, Mapping[str, str]]) -> list[QueueInput]:
    """An input for each of the *texts*, which are digits: one in three in an envelope or in numbers, or broken.

    Two in four have their text as their key. Those of the texts in *changes* are plain inputs, and changed so.
    """
    special = cycle(_MAKERS)
    made = []
    for number, text in enumerate(texts):
        given = {"to": "15551234567", "from": "15558675309", "message": text, **changes.get(text, {})}
        if number % 4 < 2:
            given["idempotencyKey"] = text
        make, is_one = next(special) if number % 3 == 0 and text not in changes else (json.dumps, True)
        made.append(QueueInput(text, make(given), given.get("idempotencyKey") if is_one else None, is_one))
    return made


def kinds() -> int:
    """How many kinds of inputs there are in addition to plain ones."""
    return len(_MAKERS)


def _written(make: Callable[[dict[str, str]], Any]) -> Callable[[dict[str, str]], str]:
    return lambda given: json.dumps(make(given))


# What is made of an input, and whether send_sms can still read one in it.
_MAKERS: list[tuple[Callable[[dict[str, str]], str], bool]] = [
    *((_written(make), True) for make in (*UNWRAPPED.values(), *NUMBERS.values())),
    *((_written(make), False) for make, _ in REFUSED.values()),
    *((make, False) for make in BROKEN.values()),
]
