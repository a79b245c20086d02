"""What an event uses of AWS beside Lambda's time."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.request import urlopen

from bench.inputs import poll_event
from bench.messages import PAGE_SIZE
from bench.polls import POLL_MS, pause_for_quiet_poll, quiet_poll
from bench.running import Contestant, stubs
from bench.stubs import USAGE_PATH
from local.lambda_process import LambdaProcess

TIMES = 5


class Usage(NamedTuple):
    """Custom *events* of 64 KB, *writes* and *reads* of DynamoDB, *log_bytes* of the function's own lines."""

    events: float
    writes: float
    reads: float
    log_bytes: float


def of_event(contestant: Contestant, event: dict[str, Any]) -> Usage:
    """Of one event of a warm process."""

    def work(process: LambdaProcess) -> None:
        assert not process.invoke(event).failed

    return _of(contestant, work)


def of_quiet_poll(contestant: Contestant) -> Usage:
    """Of a poll that finds nothing. Without an overlap it is at once as of a cursor that is older than that."""

    def work(process: LambdaProcess) -> None:
        pause_for_quiet_poll()
        quiet_poll(process)

    return _of(replace(contestant, variables={"POLL_OVERLAP_SECONDS": "0"}), work)


def of_polled_message(contestant: Contestant) -> Usage:
    """Of one of a full page, which a poll publishes and remembers, and the first one after its overlap forgets."""
    log_bytes = 0
    with stubs(PAGE_SIZE) as url:
        for overlap in ("3600", "0"):
            pause_for_quiet_poll()
            with replace(contestant, variables={"POLL_OVERLAP_SECONDS": overlap}).start(url) as process:
                assert not process.invoke(poll_event(0), timeout_ms=POLL_MS).failed
                log_bytes += len(process.log.encode())
        return Usage(*(each / PAGE_SIZE for each in (*_charged(url), log_bytes)))


def _of(contestant: Contestant, work: Callable[[LambdaProcess], None]) -> Usage:
    with stubs() as url, contestant.start(url) as process:
        work(process)
        before = [*_charged(url), len(process.log.encode())]
        for _ in range(TIMES):
            work(process)
        after = [*_charged(url), len(process.log.encode())]
    return Usage(*((end - start) / TIMES for start, end in zip(before, after, strict=True)))


def _charged(url: str) -> list[int]:
    with urlopen(url + USAGE_PATH) as answer:
        charged: list[int] = json.load(answer)
    return charged
