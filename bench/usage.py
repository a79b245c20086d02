"""What an event uses of AWS in addition to Lambda's time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from bench.batches import POLL_MS, pause_for_quiet_poll, quiet_poll
from bench.inputs import poll_event
from bench.measuring import invoke
from bench.messages import PAGE_SIZE
from bench.running import Contestant, Endpoints, stubs
from local.lambda_process import LambdaProcess

TIMES = 5


class Usage(NamedTuple):
    """Custom *events* of 64 KB, *writes* and *reads* of DynamoDB, *log_bytes* of the function's own lines."""

    events: float
    writes: float
    reads: float
    log_bytes: float


def of_events(contestant: Contestant, event: Callable[[], Any]) -> Usage:
    """Of one event of a warm process."""
    return _of(contestant, lambda process: invoke(process, event()))


def of_quiet_poll(contestant: Contestant) -> Usage:
    """Of a poll that finds nothing. Without an overlap it is at once as of a cursor that is older than that."""

    def work(process: LambdaProcess) -> None:
        pause_for_quiet_poll()
        quiet_poll(process)

    return _of(replace(contestant, variables={"POLL_OVERLAP_SECONDS": "0"}), work)


def of_polled_message(contestant: Contestant) -> Usage:
    """Of one of a full page, which a poll publishes and remembers, and the first one after its overlap forgets."""
    log_bytes = 0
    with stubs(contestant.site.certificate, PAGE_SIZE) as endpoints:
        for overlap in ("3600", "0"):
            pause_for_quiet_poll()
            with replace(contestant, variables={"POLL_OVERLAP_SECONDS": overlap}).start(endpoints) as process:
                invoke(process, poll_event(0), POLL_MS)
                log_bytes += len(process.log.encode())
        return Usage(*(each / PAGE_SIZE for each in (*_charged(endpoints), log_bytes)))


def _of(contestant: Contestant, work: Callable[[LambdaProcess], None]) -> Usage:
    with stubs(contestant.site.certificate) as endpoints, contestant.start(endpoints) as process:
        work(process)
        before = [*_charged(endpoints), len(process.log.encode())]
        for _ in range(TIMES):
            work(process)
        after = [*_charged(endpoints), len(process.log.encode())]
    return Usage(*((end - start) / TIMES for start, end in zip(before, after, strict=True)))


def _charged(endpoints: Endpoints) -> list[int]:
    charges = endpoints.charges()
    return [charges.events, charges.writes, charges.reads]
