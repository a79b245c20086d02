"""Histories played and judged, and what is counted of many."""

import gc
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

from tests.simulation.history import Record
from tests.simulation.invariants import violations_of
from tests.simulation.virtual import virtual
from tests.simulation.world import World
from tests.support.poll_fakes import Killed

COLLECT_AFTER = 50


@dataclass
class Played:
    """A history that was played: its *violations*, what it *record*ed and, if it is wanted or broken, its *text*."""

    seed: int
    violations: list[str]
    record: Record
    text: str = ""

    @property
    def digest(self) -> str:
        """A hash of its text."""
        return sha256(self.text.encode()).hexdigest()


@dataclass
class Tally:
    """What many histories add up to; *violations* are reported with the seed."""

    histories: int = 0
    violations: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)

    def add(self, played: Played) -> None:
        """Count one more."""
        self.histories += 1
        self.violations += [f"seed {played.seed}: {line}" for line in played.violations]
        self.calls += played.record.calls
        self.kills += played.record.kills
        self.faults += Counter({f"{who}: {kind}": count for (who, kind), count in played.record.faults.items()})

    def merge(self, text: str) -> None:
        """Add the tally that :meth:`to_json` wrote."""
        other = json.loads(text)
        self.histories += other["histories"]
        self.violations += other["violations"]
        for mine, name in ((self.calls, "calls"), (self.faults, "faults"), (self.kills, "kills")):
            mine.update(other[name])

    def to_json(self) -> str:
        """All of it, to be merged."""
        return json.dumps(vars(self))

    def text(self) -> str:
        """All of it, for a reader."""
        lines = [
            f"{self.histories} histories, {len(self.violations)} violations, {sum(self.calls.values())} calls, "
            f"{sum(self.faults.values())} faults, {sum(self.kills.values())} kills"
        ]
        for title, counts in (("calls", self.calls), ("faults", self.faults), ("kills", self.kills)):
            lines += [f"  {title}  {name}: {count}" for name, count in sorted(counts.items())]
        return "\n".join([*lines, *self.violations])


def play(first: int, number: int, *, keep: bool = False) -> Iterator[Played]:
    """Play and judge the histories of *number* seeds from *first* on; *keep* their texts, however they end."""
    for world in playing(range(first, first + number)):
        try:
            world.play()
            violations = violations_of(world)
        except Exception as exc:  # Whatever it is, it is reported with its history.
            violations = [f"{type(exc).__name__}: {exc}"]
        text = world.record.text() if keep or violations else ""
        yield Played(world.seed, violations, world.record, text)


def playing(seeds: Iterable[int]) -> Iterator[World]:
    """The worlds of *seeds*, each to be played before the next one is taken."""
    with virtual(), collecting_between() as collect:
        for seed in seeds:
            yield World(seed)
            collect()


@contextmanager
def collecting_between() -> Iterator[Callable[[], None]]:
    """Let garbage be collected between histories alone: what it finds may end with a turn of a task's.

    A generator that a killed process leaves behind ends by :class:`Killed`, which nobody is there to hear.
    """
    numbers, hook = count(1), sys.unraisablehook

    def collect() -> None:
        if next(numbers) % COLLECT_AFTER == 0:
            gc.collect()

    def heard(left: Any) -> None:
        if not isinstance(left.exc_value, Killed):
            hook(left)

    gc.disable()
    # Imported modules are not garbage, and are not looked through each time.
    gc.freeze()
    sys.unraisablehook = heard
    try:
        yield collect
    finally:
        sys.unraisablehook = hook
        gc.unfreeze()
        gc.enable()
