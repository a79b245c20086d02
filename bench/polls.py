"""Polls: of many messages, of none, and of more and more."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from bench.inputs import poll_event
from bench.measuring import started, timed
from bench.running import Contestant, stubs
from bench.samples import Medians, Sample, medians
from local.lambda_process import LambdaProcess

# More than any of them takes, so that none is truncated.
POLL_MS = 900_000


def polls(contestants: Sequence[Contestant], count: int, rounds: int, latencies: tuple[float, float]) -> Medians:
    """A poll of a warm process that meets *count* messages. *latencies*: of a page and of a PutEvents, in seconds."""

    def each(processes: dict[str, LambdaProcess]) -> Iterator[tuple[str, Sample]]:
        for number in range(rounds + 1):
            for name, process in processes.items():
                sample = _poll(process, number, count)
                # The first one warms up.
                if number:
                    yield name, sample

    with stubs(count, *latencies) as url, started(contestants, url) as processes:
        return medians(each(processes))


def backlogs(contestant: Contestant, counts: Sequence[int], rounds: int) -> dict[int, Sample]:
    """The second poll of a new process, by how many messages it and the first one meet."""

    def each(urls: dict[int, str]) -> Iterator[tuple[int, Sample]]:
        for number in range(rounds):
            for count, url in urls.items():
                with contestant.start(url, memory_mb=512) as process:
                    _poll(process, 2 * number, count)
                    yield count, _poll(process, 2 * number + 1, count)

    with ExitStack() as context:
        return medians(each({count: context.enter_context(stubs(count)) for count in counts}))


def quiet_polls(contestant: Contestant, rounds: int) -> Medians:
    """A poll of a warm process that finds nothing."""

    def each(process: LambdaProcess) -> Iterator[tuple[str, Sample]]:
        for _ in range(rounds):
            pause_for_quiet_poll()
            yield contestant.name, timed(process, quiet_poll)

    with stubs() as url, started([contestant], url) as processes:
        quiet_poll(processes[contestant.name])
        return medians(each(processes[contestant.name]))


def quiet_poll(process: LambdaProcess) -> None:
    """A poll of the cursor of everything, which finds nothing; the first one sets the cursor."""
    result = process.invoke({})
    assert result.payload.get("polledNoChanges"), result.payload


def pause_for_quiet_poll() -> None:
    """Wait until there is a complete second behind the cursor: until then a poll asks Twilio for nothing."""
    time.sleep(2.1)


def _poll(process: LambdaProcess, number: int, count: int) -> Sample:
    """A poll that has not been done before."""
    event = poll_event(number)

    def work(process: LambdaProcess) -> None:
        result = process.invoke(event, timeout_ms=POLL_MS)
        assert result.payload.get("published") == count, result.payload

    return timed(process, work)
