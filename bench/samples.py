"""What is measured of a function, and medians of it."""

import statistics
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

Name = TypeVar("Name", bound=Hashable)
Values = TypeVar("Values", bound=NamedTuple)
One = TypeVar("One")


class Sample(NamedTuple):
    """Of an event: *seconds* on the clock and of *processor* time, most resident *megabytes* until then."""

    seconds: float
    processor: float = 0.0
    megabytes: float = 0.0


Medians = dict[str, Sample]


def medians(samples: Iterable[tuple[Name, Values]]) -> dict[Name, Values]:
    """Each name's medians, value by value."""
    found: dict[Name, list[Values]] = {}
    for name, sample in samples:
        found.setdefault(name, []).append(sample)
    return {name: each[0]._make(map(statistics.median, zip(*each, strict=True))) for name, each in found.items()}


def in_turn(contestants: Sequence[One], number: int) -> list[One]:
    """Those of the *number*-th round: each round has another one at its beginning, in the same order."""
    start = number % len(contestants)
    return [*contestants[start:], *contestants[:start]]
