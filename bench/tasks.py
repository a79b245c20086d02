"""What each function is given to do, and who else does it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from bench.inputs import SEND, WEBHOOK, example, poll_event
from bench.memory import Limits
from bench.messages import PAGE_SIZE
from bench.running import Contestant, connector, has_function, peer
from bench.site import Site
from bench.stubs import Latencies

CONNECTOR, BEFORE = "connector", "before"
FLOOR, TUTORIAL = "floor", "tutorial"
# What long events meet, and what is waited for in all events: as long as answers of AWS and Twilio may take.
LATENCIES = Latencies(twilio=0.1, dynamodb=0.01, put_events=0.02)
# Somebody waits for an answer, which is not to come later by more than Twilio itself takes; or nobody does.
ATTENDED, UNATTENDED = Limits(start=0.5, event=0.1), Limits(start=1.0, event=0.2)


@dataclass(frozen=True)
class Task:
    """One *event* after another for a *function* of the template, while Twilio lists so many *messages*.

    *peers* are those of `bench/peers/` that do the same, the folder of each by the kind that it is of. Each event waits
    *waiting* seconds for AWS and Twilio, computed from LATENCIES. *limits* are what its memory has to suffice for.
    """

    title: str
    function: str
    event: Callable[[], Any]
    peers: dict[str, str]
    waiting: float
    limits: Limits = ATTENDED
    messages: int = 0
    warm_events: int = 30

    def contestants(self, site: Site, against: Path | None) -> Sequence[Contestant]:
        """The connector, as it was at *against* where that has the function, and the peers."""

        def each() -> Iterator[Contestant]:
            yield connector(CONNECTOR, self.function, site)
            if against and has_function(self.function, against):
                yield connector(BEFORE, self.function, site, against)
            yield from (peer(kind, folder, site) for kind, folder in self.peers.items())

        return list(each())


def _reading(title: str, function: str, event: Any, messages: int) -> Task:
    """One that asks Twilio once, and nobody else; it has no peers."""
    limits = ATTENDED if messages < PAGE_SIZE else UNATTENDED
    return Task(title, function, _always(event), {}, LATENCIES.twilio, limits, messages=messages)


def _always(event: Any) -> Callable[[], Any]:
    return lambda: event


_polls = count(1)
# Three calls of DynamoDB; four, of a poll that finds nothing.
_SEND_WAITING = LATENCIES.twilio + 3 * LATENCIES.dynamodb
_POLL_WAITING = LATENCIES.twilio + 4 * LATENCIES.dynamodb

# A page of each of its two lists; the lease, what is remembered, two saves and the release.
_RECONCILE_WAITING = 2 * LATENCIES.twilio + 5 * LATENCIES.dynamodb
RECONCILE = {"since": "2026-01-01T00:00:00Z"}

WEBHOOK_TASK = Task(
    "webhook",
    "WebhookFunction",
    _always(WEBHOOK),
    {FLOOR: "webhook_floor", TUTORIAL: "webhook_tutorial"},
    LATENCIES.put_events,
    # They come in floods, and wait for the bus alone.
    Limits(start=0.5, event=0.025),
    warm_events=100,
)
# Each with a cursor of its own: a poll of one that was polled a moment ago asks Twilio for nothing.
POLL_TASK = Task(
    "poll",
    "PollFunction",
    lambda: poll_event(next(_polls)),
    {FLOOR: "poll_floor", TUTORIAL: "poll_sdk"},
    _POLL_WAITING,
    UNATTENDED,
)
SEND_TASK = Task("send", "SendSmsFunction", _always(SEND), {FLOOR: "send_floor", TUTORIAL: "send_sdk"}, _SEND_WAITING)
GET_TASK = Task(
    "get", "GetSmsFunction", _always(example("get-sms")), {FLOOR: "get_floor", TUTORIAL: "get_sdk"}, LATENCIES.twilio
)
# A first run of a cursor, which asks Twilio for nothing, would say nothing; later ones find nothing.
RECONCILE_TASK = Task("reconciliation", "ReconcileFunction", _always(RECONCILE), {}, _RECONCILE_WAITING, UNATTENDED)
TASKS = (
    WEBHOOK_TASK,
    POLL_TASK,
    SEND_TASK,
    GET_TASK,
    _reading("list of 50", "ListMessagesFunction", example("list-messages"), 50),
    _reading("select of 20", "SelectMessageFunction", example("select-message"), 20),
    RECONCILE_TASK,
    _reading("update", "UpdateMessageFunction", example("update-message"), 0),
    _reading("raw request", "RawRequestFunction", example("raw-request"), 1),
    Task(
        "redelivery", "RedeliverFunction", _always(example("undelivered-queue")), {}, LATENCIES.put_events, UNATTENDED
    ),
)
# What memory has to suffice for, too: a whole page,
LARGE_TASKS = (
    _reading("list of 1,000", "ListMessagesFunction", {"limit": PAGE_SIZE}, PAGE_SIZE),
    _reading("select of 1,000", "SelectMessageFunction", {"limit": PAGE_SIZE, "search": "appointment"}, PAGE_SIZE),
    _reading("raw request of 1,000", "RawRequestFunction", example("raw-request"), PAGE_SIZE),
)
# and what takes long, by the function that does it.
LONG_JOBS = {
    SEND_TASK.function: {"batch of sends": Limits(start=1.0, event=1.0)},
    POLL_TASK.function: {"poll of 10,000": Limits(start=1.0, event=2.0)},
    RECONCILE_TASK.function: {"reconciliation of 10,000": Limits(start=1.0, event=2.0)},
}


def limits_of(task: Task) -> dict[str, Limits]:
    """What the memory of a task's function has to suffice for, by the titles of jobs."""
    large = {one.title: one.limits for one in LARGE_TASKS if one.function == task.function}
    return {task.title: task.limits, **large, **LONG_JOBS.get(task.function, {})}
