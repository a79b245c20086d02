"""What takes long and waits for others: batches of the send queue, and polls of many messages or of none."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

from bench.inputs import queue_event, reconcile_event
from bench.measuring import invoke, started, timed
from bench.messages import CHANGED_ONE_IN
from bench.running import Contestant, Endpoints, stubs
from bench.samples import Medians, Sample, in_turn, medians
from bench.stubs import Latencies
from bench.tasks import POLL_TASK
from local.lambda_process import LambdaProcess

# More than any of them takes, so that none is truncated.
POLL_MS = 900_000


def queues(contestants: Sequence[Contestant], rounds: int, latencies: Latencies) -> Medians:
    """A batch of the send queue, in a warm process."""

    with stubs(contestants[0].site.certificate, 0, latencies) as endpoints:
        return _in_turn(contestants, endpoints, rounds, lambda process: invoke(process, queue_event()))


def polls(contestants: Sequence[Contestant], count: int, rounds: int, latencies: Latencies) -> Medians:
    """A poll of a warm process that meets *count* messages."""
    with stubs(contestants[0].site.certificate, count, latencies) as endpoints:
        return _in_turn(contestants, endpoints, rounds, partial(_poll, count=count))


def _in_turn(
    contestants: Sequence[Contestant], endpoints: Endpoints, rounds: int, work: Callable[[LambdaProcess], None]
) -> Medians:
    def each(processes: dict[str, LambdaProcess]) -> Iterator[tuple[str, Sample]]:
        for number in range(rounds + 1):
            for name in in_turn(list(processes), number):
                sample = timed(processes[name], work)
                # The first one warms up.
                if number:
                    yield name, sample

    with started(contestants, endpoints) as processes:
        found = medians(each(processes))
        return {name: found[name] for name in processes}


def backlogs(contestant: Contestant, counts: Sequence[int], rounds: int) -> dict[int, Sample]:
    """The second poll of a new process, by how many messages it and the first one meet."""

    def each(places: dict[int, Endpoints]) -> Iterator[tuple[int, Sample]]:
        for _ in range(rounds):
            for count, endpoints in places.items():
                with contestant.start(endpoints, memory_mb=512) as process:
                    _poll(process, count)
                    yield count, timed(process, partial(_poll, count=count))

    with ExitStack() as context:
        return medians(
            each({count: context.enter_context(stubs(contestant.site.certificate, count)) for count in counts})
        )


def reconciliations(
    contestant: Contestant, counts: Sequence[int], rounds: int, latencies: Latencies
) -> dict[int, Sample]:
    """The first pass of a new process, by how many messages are listed to it."""

    def each(places: dict[int, Endpoints]) -> Iterator[tuple[int, Sample]]:
        for number in range(rounds):
            for count, endpoints in places.items():
                with contestant.start(endpoints, memory_mb=512) as process:
                    yield count, timed(process, partial(_reconcile, number=number, count=count))

    with ExitStack() as context:
        certificate = contestant.site.certificate
        return medians(each({count: context.enter_context(stubs(certificate, count, latencies)) for count in counts}))


def quiet_polls(contestant: Contestant, rounds: int) -> Medians:
    """A poll of a warm process that finds nothing."""

    def each(process: LambdaProcess) -> Iterator[tuple[str, Sample]]:
        for _ in range(rounds):
            pause_for_quiet_poll()
            yield contestant.name, timed(process, quiet_poll)

    with stubs(contestant.site.certificate) as endpoints, contestant.start(endpoints) as process:
        quiet_poll(process)
        return medians(each(process))


def quiet_poll(process: LambdaProcess) -> None:
    """A poll of the cursor of everything, which finds nothing; the first one sets the cursor."""
    payload = invoke(process, {})
    assert payload.get("polledNoChanges"), payload


def pause_for_quiet_poll() -> None:
    """Wait until there is a complete second behind the cursor: until then a poll asks Twilio for nothing."""
    time.sleep(2.1)


def _reconcile(process: LambdaProcess, number: int, count: int) -> None:
    payload = invoke(process, reconcile_event(number), POLL_MS)
    assert payload.get("published") == count // CHANGED_ONE_IN, payload


def _poll(process: LambdaProcess, count: int) -> None:
    """A poll that has not been done before."""
    payload = invoke(process, POLL_TASK.event(), POLL_MS)
    assert payload.get("published") == count, payload
