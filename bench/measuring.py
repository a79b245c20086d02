"""Starts and warm events, in turn, A B A B, so that whatever else the machine does meets all of them."""

import json
import time
import timeit
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from twilio.request_validator import RequestValidator

from bench.inputs import FORM, WEBHOOK
from bench.running import Contestant, stubs
from bench.samples import Medians, Sample, medians
from bench.stubs import AUTH_TOKEN
from local.lambda_process import LambdaProcess, processor_seconds
from tests.support.webhook_hostile_requests import strangers_requests
from twilio_connector.webhook.signature import verify


def cold_starts(contestants: Sequence[Contestant], event: dict[str, Any], rounds: int) -> Medians:
    """From the start of a process to its first answer."""

    def each() -> Iterator[tuple[str, Sample]]:
        with stubs() as url:
            for _ in range(rounds):
                for contestant in contestants:
                    with contestant.start(url) as process:
                        result = process.invoke(event)
                        assert not result.failed, result.payload
                        seconds = (result.init_duration or 0) + result.duration
                        yield contestant.name, Sample(seconds, result.processor_time or 0, peak_mb(process.pid))

    return medians(each())


def warm_events(contestants: Sequence[Contestant], event: dict[str, Any], rounds: int, events: int) -> Medians:
    """One event of a warm process, from *events* of them at a time."""

    def answered(process: LambdaProcess) -> None:
        assert not process.invoke(event).failed

    def each(processes: dict[str, LambdaProcess]) -> Iterator[tuple[str, Sample]]:
        for _ in range(rounds):
            for name, process in processes.items():
                yield name, timed(process, answered, events)

    with stubs() as url, started(contestants, url) as processes:
        for process in processes.values():
            answered(process)
        return medians(each(processes))


def refusals(contestant: Contestant, rounds: int, events: int) -> Medians:
    """Of each of the requests that strangers may send through API Gateway, by its name, in a warm process."""
    requests = {name: event for name, event in strangers_requests() if _comes_through(event)}

    def each(process: LambdaProcess) -> Iterator[tuple[str, Sample]]:
        for _ in range(rounds):
            for name, event in requests.items():
                yield name, timed(process, partial(_refused, event), events)

    with stubs() as url, contestant.start(url, memory_mb=512) as process:
        assert not process.invoke(WEBHOOK).failed
        return medians(each(process))


def _comes_through(event: dict[str, Any]) -> bool:
    """Whether its headers and query can be the 10,240 bytes that API Gateway takes: nobody reads longer ones."""
    return len(json.dumps({**event, "body": ""})) <= 2 * 10_240


def _refused(event: dict[str, Any], process: LambdaProcess) -> None:
    assert 400 <= process.invoke(event).payload["statusCode"] < 500


def verifications(rounds: int) -> Medians:
    """One verification of the form's parameters, in this process."""
    headers = WEBHOOK["headers"]
    url, signature = f"https://{headers['host']}{WEBHOOK['rawPath']}", headers["x-twilio-signature"]
    fields, validator = {name: [value] for name, value in FORM.items()}, RequestValidator(AUTH_TOKEN)
    candidates: dict[str, Callable[[], bool]] = {
        "connector": lambda: not verify([AUTH_TOKEN], signature, [url], fields, None).cause,
        "sdk": lambda: bool(validator.validate(url, FORM, signature)),
    }
    assert all(candidate() for candidate in candidates.values())
    return medians(
        (name, Sample(timeit.timeit(candidate, number=2_000) / 2_000))
        for _ in range(rounds)
        for name, candidate in candidates.items()
    )


def timed(process: LambdaProcess, work: Callable[[LambdaProcess], None], times: int = 1) -> Sample:
    """What *work* takes of a process each of the *times* that it is done."""
    processor, began = processor_seconds(process.pid) or 0, time.monotonic()
    for _ in range(times):
        work(process)
    seconds = time.monotonic() - began
    return Sample(seconds / times, ((processor_seconds(process.pid) or 0) - processor) / times, peak_mb(process.pid))


def peak_mb(pid: int) -> float:
    """The most resident memory that a process has had, where the system tells (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@contextmanager
def started(contestants: Sequence[Contestant], url: str) -> Iterator[dict[str, LambdaProcess]]:
    """A process of each, by name."""
    with ExitStack() as context:
        yield {one.name: context.enter_context(one.start(url, memory_mb=512)) for one in contestants}
