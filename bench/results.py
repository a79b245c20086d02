"""All that one run measures."""

import functools
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bench import batches, measuring, profiles, usage
from bench.columns import Columns, columns
from bench.costs import POLLED
from bench.inputs import queue_event
from bench.memory import Job
from bench.running import LAYER, peer
from bench.samples import Medians, Sample
from bench.site import Site
from bench.tasks import (
    CONNECTOR,
    LARGE_TASKS,
    LATENCIES,
    POLL_TASK,
    RECONCILE_TASK,
    SEND_TASK,
    TASKS,
    TUTORIAL,
    WEBHOOK_TASK,
    Task,
)
from local.sam import PROJECT_ROOT, build
from tests.support.template import load_template

BACKLOGS, RECONCILED = (1_000, 10_000, 100_000), (10_000, 100_000)
_template = functools.cache(load_template)


class LayerSize(NamedTuple):
    """Megabytes of the layer, unzipped."""

    without_bytecode: float
    with_bytecode: float


@dataclass(frozen=True)
class Results:
    """Medians: *lives* of processes by task and contestant, *refusals* by request, the others by contestant.

    *large* are the lives of tasks that only memory is chosen by. *before_mb* is the memory of each function at the
    version that all is compared with, where there is one.
    """

    lives: dict[str, dict[str, Columns]]
    large: dict[str, dict[str, Columns]]
    verification: Medians
    refusals: Medians
    queue: Medians
    poll: Medians
    quiet_poll: Medians
    backlogs: dict[int, Sample]
    reconciliations: dict[int, Sample]
    usages: dict[str, usage.Usage]
    imports: profiles.Profile
    profile: profiles.Profile
    layer: LayerSize
    before_mb: Mapping[str, int]

    @property
    def jobs(self) -> dict[str, Job]:
        """The connector's, by the titles of tasks and a few of their own."""
        own = {task.title: self.job(task) for task in (*TASKS, *LARGE_TASKS)}
        send, poll, reconciliation = own["send"], own["poll"], own["reconciliation"]
        queue, polled, quiet = (found[CONNECTOR] for found in (self.queue, self.poll, self.quiet_poll))
        return {
            **own,
            "batch of sends": _as_measured(send, queue),
            "poll of 10,000": _as_measured(poll, polled),
            "reconciliation of 10,000": _as_measured(reconciliation, self.reconciliations[min(RECONCILED)]),
            "quiet poll": Job(poll.memory_mb, poll.init, poll.first, quiet.processor, poll.waiting),
        }

    def job(self, task: Task) -> Job:
        """The connector's."""
        life = {**self.lives, **self.large}[task.title][CONNECTOR]
        return Job(memory_mb(task.function), life.init, life.first, life.warm, task.waiting, life.megabytes)


def _as_measured(like: Job, sample: Sample) -> Job:
    """A job of the same function whose waiting is what it was not busy for."""
    waiting = max(0.0, sample.seconds - sample.processor)
    return Job(like.memory_mb, like.init, like.first, sample.processor, waiting, sample.megabytes)


def measure(site: Site, rounds: int, against: Path | None) -> Results:
    """Everything, next to the checkout *against* if there is one; what is next to nothing in three rounds at most.

    Tells on standard error how far it is.
    """
    webhooks, pollers, senders = (task.contestants(site, against) for task in (WEBHOOK_TASK, POLL_TASK, SEND_TASK))
    pollers = [one for one in pollers if one.name != "floor"]
    queues = [*(one for one in senders if one.name not in ("floor", TUTORIAL)), peer(TUTORIAL, "queue_sdk", site)]
    webhook, poller, sender = webhooks[0], pollers[0], senders[0]
    few = min(rounds, 3)
    told = _Told()
    lives = {task.title: columns(task, task.contestants(site, against), rounds) for task in told.each(TASKS)}
    large = {task.title: columns(task, [task.contestants(site, None)[0]], few) for task in told.each(LARGE_TASKS)}
    told.now("send queue")
    queue = batches.queues(queues, rounds, LATENCIES)
    told.now("polls")
    poll = batches.polls(pollers, POLLED, rounds, LATENCIES)
    quiet_poll = batches.quiet_polls(poller, rounds)
    backlogs = batches.backlogs(poller, BACKLOGS, few)
    told.now("reconciliations")
    reconciler = RECONCILE_TASK.contestants(site, None)[0]
    reconciliations = batches.reconciliations(reconciler, RECONCILED, few, LATENCIES)
    told.now("strangers' requests")
    strangers = measuring.refusals(webhook, few, 5)
    told.now("use of AWS")
    usages = {
        "webhook": usage.of_events(webhook, WEBHOOK_TASK.event),
        "send": usage.of_events(sender, SEND_TASK.event),
        "batch of sends": usage.of_events(sender, queue_event),
        "quiet poll": usage.of_quiet_poll(poller),
        "polled message": usage.of_polled_message(poller),
    }
    told.now("profiles")
    return Results(
        lives=lives,
        large=large,
        verification=measuring.verifications(rounds),
        refusals=strangers,
        queue=queue,
        poll=poll,
        quiet_poll=quiet_poll,
        backlogs=backlogs,
        reconciliations=reconciliations,
        usages=usages,
        imports=profiles.imports(webhooks),
        profile=profiles.warm_event(webhooks),
        layer=layer_size(),
        before_mb={task.function: memory_mb(task.function, against) for task in TASKS} if against else {},
    )


class _Told:
    """Says what is measured now."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self, what: str) -> None:
        print(f"{time.monotonic() - self._began:5.0f} s: {what}", file=sys.stderr, flush=True)

    def each(self, tasks: Iterable[Task]) -> Iterator[Task]:
        for task in tasks:
            self.now(task.title)
            yield task


def layer_size() -> LayerSize:
    """Of the layer that `sam build` makes."""
    files = [path for path in (build().parent / LAYER).rglob("*") if path.is_file()]
    without = sum(path.stat().st_size for path in files if path.suffix != ".pyc")
    return LayerSize(without / 2**20, sum(path.stat().st_size for path in files) / 2**20)


def memory_mb(function: str, project: Path = PROJECT_ROOT) -> int:
    """The memory that the project's template gives a function, or would."""
    document = _template(project / "template.yaml")
    resource: Mapping[str, Any] = document["Resources"].get(function, {"Properties": {}})
    return int(resource["Properties"].get("MemorySize") or document["Globals"]["Function"]["MemorySize"])
