"""The life of a process, by its own clock: its start, its first events, warm ones, and one without connections."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bench.measuring import at_rest, invoke, peak_mb
from bench.running import Contestant, Endpoints, stubs
from bench.samples import in_turn, medians
from bench.tasks import Task
from local.lambda_process import LambdaProcess

# Between the second event and those that are called warm.
WARMING_EVENTS = 3


class Columns(NamedTuple):
    """Seconds of processor time (user's and system's, of all threads) of a process, and its peak *megabytes*.

    *init*: until it asks for its first event. Of an event: until it asks for the next one. *warm* is the mean of some.
    *closed*: an event after Twilio and AWS have closed the connections to them.
    """

    init: float
    first: float
    second: float
    warm: float
    closed: float
    megabytes: float


def columns(task: Task, contestants: Sequence[Contestant], rounds: int) -> dict[str, Columns]:
    """Medians of as many processes of each contestant, in turn."""

    def each() -> Iterator[tuple[str, Columns]]:
        with stubs(contestants[0].site.certificate, task.messages) as endpoints:
            for number in range(rounds):
                for contestant in in_turn(contestants, number):
                    with contestant.start(endpoints) as process:
                        yield contestant.name, _columns(process, task, endpoints)

    return medians(each())


def _columns(process: LambdaProcess, task: Task, endpoints: Endpoints) -> Columns:
    def event() -> float:
        before = at_rest(process)
        invoke(process, task.event())
        return at_rest(process) - before

    init, first, second = at_rest(process), event(), event()
    for _ in range(WARMING_EVENTS):
        event()
    warm = sum(event() for _ in range(task.warm_events)) / task.warm_events
    before = endpoints.close_connections().handshakes
    closed = event()
    assert endpoints.charges().handshakes > before, "No connection was made anew: the column means nothing."
    return Columns(init, first, second, warm, closed, peak_mb(process.pid))
