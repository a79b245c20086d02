"""What is measured of a function, and medians of it."""

import statistics
from collections.abc import Hashable, Iterable
from typing import NamedTuple, TypeVar

Name = TypeVar("Name", bound=Hashable)


class Sample(NamedTuple):
    """Of a start or an event: *seconds* on the clock and of *processor* time, most resident *megabytes* until then."""

    seconds: float
    processor: float = 0.0
    megabytes: float = 0.0


Medians = dict[str, Sample]


def medians(samples: Iterable[tuple[Name, Sample]]) -> dict[Name, Sample]:
    """Each name's medians."""
    found: dict[Name, list[Sample]] = {}
    for name, sample in samples:
        found.setdefault(name, []).append(sample)
    return {name: Sample(*map(statistics.median, zip(*each, strict=True))) for name, each in found.items()}
