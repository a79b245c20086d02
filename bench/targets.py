"""What the connector is to be next to what it was before, and next to its peers: ratios of one run."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bench.columns import Columns
from bench.costs import POLLED
from bench.inputs import BATCH
from bench.memory import Job
from bench.messages import CHANGED_ONE_IN, PAGE_SIZE
from bench.results import Results, memory_mb
from bench.samples import Medians, Sample
from bench.tasks import BEFORE, CONNECTOR, FLOOR, LATENCIES, TASKS, TUTORIAL, Task
from bench.units import Row, milliseconds

Figure = Callable[[Columns], float]
# By the title of a task, then by contestant: at most what share of that one's the connector's may be.
Shares = Mapping[str, Mapping[str, float]]


class Target(NamedTuple):
    """A *measure* of a process and its *shares*."""

    measure: str
    figure: Figure
    shares: Shares


TARGETS = (
    Target(
        "first event",
        lambda life: life.first,
        {
            "webhook": {BEFORE: 0.12, FLOOR: 0.2},
            "poll": {BEFORE: 0.12},
            "send": {BEFORE: 0.12, TUTORIAL: 0.05},
            "get": {BEFORE: 0.12},
        },
    ),
    Target(
        "first event after closed connections",
        lambda life: life.closed,
        {
            "webhook": {BEFORE: 0.2, FLOOR: 0.3},
            "poll": {BEFORE: 0.2, FLOOR: 0.5},
            "send": {BEFORE: 0.2, FLOOR: 0.5},
            "get": {BEFORE: 0.2, FLOOR: 0.3},
        },
    ),
    Target(
        "INIT and first event",
        lambda life: life.init + life.first,
        {
            "webhook": {BEFORE: 0.85, FLOOR: 0.95, TUTORIAL: 0.5},
            "poll": {BEFORE: 0.95, FLOOR: 0.95, TUTORIAL: 0.5},
            "send": {BEFORE: 0.85, FLOOR: 0.95, TUTORIAL: 0.5},
            "get": {BEFORE: 0.95, FLOOR: 0.95, TUTORIAL: 0.5},
        },
    ),
    Target("warm event", lambda life: life.warm, {"webhook": {BEFORE: 1.05, FLOOR: 1.2}}),
)
COLD: Shares = {
    "webhook": {BEFORE: 0.5, FLOOR: 0.7},
    "poll": {BEFORE: 0.5, FLOOR: 0.7},
    "send": {BEFORE: 0.5, FLOOR: 0.7, TUTORIAL: 0.2},
    "get": {BEFORE: 0.5, FLOOR: 0.7, TUTORIAL: 0.2},
}
PEAK = 0.9
SENDS, POLLS = {BEFORE: 7.0, TUTORIAL: 4.0}, {BEFORE: 1.3, TUTORIAL: 15.0}
# Of what the pages alone take.
TO_PAGES = 1.3
MEMORY_GROWTH = 1.1


def of_lives(results: Results) -> list[Row]:
    """Those of processes: their processor time, their cold starts as computed, their memory."""
    return [
        *(row for target in TARGETS for row in _shares(results, target, milliseconds)),
        *(row for task in TASKS for row in _cold(results, task)),
        *(row for task in TASKS for row in _peaks(results, task)),
    ]


def _shares(results: Results, target: Target, unit: Callable[[float], str]) -> Iterator[Row]:
    for title, bounds in target.shares.items():
        figures = {name: target.figure(life) for name, life in results.lives[title].items()}
        values = ", ".join(f"{name} {unit(figure)}" for name, figure in figures.items())
        for other, bound in bounds.items():
            if other in figures:
                ratio = figures[CONNECTOR] / figures[other]
                yield Row(f"{title}, {target.measure}, to {_named(other)}", ratio, bound, values=values)
                values = ""


def _cold(results: Results, task: Task) -> Iterator[Row]:
    """With the memory of the connector's template for all, and with that which the version before had."""
    size = memory_mb(task.function)
    target = Target(f"cold start computed at {size} MB", lambda life: cold(life, size), COLD)
    if task.title in COLD:
        yield from _shares(results, target._replace(shares={task.title: COLD[task.title]}), milliseconds)
    before = results.before_mb.get(task.function, size)
    if before != size and BEFORE in (lives := results.lives[task.title]):
        ratio = cold(lives[CONNECTOR], size) / cold(lives[BEFORE], before)
        yield Row(f"{task.title}, the same, to the version before with its {before} MB", ratio)


def cold(life: Columns, memory_mb: int) -> float:
    """Seconds until the first answer: the start at a full processor, the first event at its share."""
    return Job(memory_mb, life.init, life.first, life.warm, 0.0).start(memory_mb)


def _peaks(results: Results, task: Task) -> Iterator[Row]:
    lives = results.lives[task.title]
    values = ", ".join(f"{name} {life.megabytes:.0f} MB" for name, life in lives.items())
    if BEFORE in lives:
        ratio = lives[CONNECTOR].megabytes / lives[BEFORE].megabytes
        yield Row(f"{task.title}, peak memory, to {_named(BEFORE)}", ratio, PEAK, values=values)
    else:
        yield Row(f"{task.title}, peak memory, MB", lives[CONNECTOR].megabytes, values=values)


def of_queue(found: Medians) -> Iterator[Row]:
    """Those of the send queue."""
    return _rates(found, f"send queue, batches of {BATCH}, sends a second", BATCH, SENDS)


def of_polls(found: Medians) -> Iterator[Row]:
    """Those of the poll of many messages."""
    yield from _rates(found, f"poll of {POLLED:,}, messages a second", POLLED, POLLS)
    pages = POLLED / PAGE_SIZE * LATENCIES.twilio
    seconds = found[CONNECTOR].seconds
    yield Row("the same, seconds to those of its pages alone", seconds / pages, TO_PAGES, values=f"{seconds:.2f} s")


def of_reconciliations(found: Mapping[int, Sample], polls: Medians) -> Iterator[Row]:
    """Those of passes over many messages, next to a loop that lists and publishes them all: the tutorial's poll."""
    most, fewer = max(found), min(found)
    pages = most / PAGE_SIZE * LATENCIES.twilio
    passed = found[most]
    changed = f"{most:,} with {most // CHANGED_ONE_IN:,} changed"
    yield Row(
        f"reconciliation of {changed}, seconds to those of its pages alone",
        passed.seconds / pages,
        TO_PAGES,
        values=f"{passed.seconds:.2f} s",
    )
    peaks = ", ".join(f"{sample.megabytes:.0f} MB at {count:,}" for count, sample in sorted(found.items()))
    yield Row(
        f"the same, peak memory to that at {fewer:,}", passed.megabytes / found[fewer].megabytes, 1.1, values=peaks
    )
    if TUTORIAL in polls:
        ours, naive = most / passed.seconds, POLLED / polls[TUTORIAL].seconds
        values = f"{CONNECTOR} {_rate(ours)}, {TUTORIAL} {_rate(naive)}, which publishes all"
        yield Row(f"the same, messages a second, to {_named(TUTORIAL)}", ours / naive, values=values)


def _rates(found: Medians, measure: str, each: int, bounds: Mapping[str, float]) -> Iterator[Row]:
    values = ", ".join(f"{name} {_rate(each / sample.seconds)}" for name, sample in found.items())
    for other, bound in bounds.items():
        if other in found:
            yield Row(f"{measure}, to {_named(other)}", _faster(found, other), bound, at_least=True, values=values)
            values = ""


def _faster(found: Mapping[str, Sample], other: str) -> float:
    return found[other].seconds / found[CONNECTOR].seconds


def _rate(a_second: float) -> str:
    return f"{a_second:,.0f}/s" if a_second >= 100 else f"{a_second:.1f}/s"


def _named(other: str) -> str:
    return {BEFORE: "the version before", FLOOR: "the floor", TUTORIAL: "the tutorial"}[other]
