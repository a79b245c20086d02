"""Warm events, in turn, A B C B C A, so that whatever else the machine does meets all of them."""

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
from bench.running import Contestant, Endpoints, stubs
from bench.samples import Medians, Sample, medians
from bench.stubs import AUTH_TOKEN
from local.lambda_process import LambdaProcess
from tests.support.webhook_hostile_requests import strangers_requests
from twilio_connector.webhook.signature import verify


def refusals(contestant: Contestant, rounds: int, events: int) -> Medians:
    """Of each of the requests that strangers may send through API Gateway, by its name, in a warm process."""
    requests = {name: event for name, event in strangers_requests() if _comes_through(event)}

    def each(process: LambdaProcess) -> Iterator[tuple[str, Sample]]:
        for _ in range(rounds):
            for name, event in requests.items():
                yield name, timed(process, partial(_refused, event), events)

    with stubs(contestant.site.certificate) as endpoints, contestant.start(endpoints, memory_mb=512) as process:
        invoke(process, WEBHOOK)
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


def invoke(process: LambdaProcess, event: Any, timeout_ms: int = 60_000) -> Any:
    """What *process* makes of *event*, in which it has to succeed."""
    result = process.invoke(event, timeout_ms=timeout_ms)
    assert not result.failed and not _is_refusal(result.payload), result.payload
    return result.payload


def _is_refusal(payload: Any) -> bool:
    """Whether API Gateway or SQS gets an answer that something went wrong."""
    return isinstance(payload, dict) and (
        payload.get("statusCode", 200) >= 300 or bool(payload.get("batchItemFailures"))
    )


def timed(process: LambdaProcess, work: Callable[[LambdaProcess], None], times: int = 1) -> Sample:
    """What *work* takes of a process each of the *times* that it is done."""
    processor, began = at_rest(process), time.monotonic()
    for _ in range(times):
        work(process)
    seconds = time.monotonic() - began
    return Sample(seconds / times, (at_rest(process) - processor) / times, peak_mb(process.pid))


def at_rest(process: LambdaProcess) -> float:
    """Seconds of processor time so far, once it asks for an event."""
    seconds = process.processor_time_at_rest()
    assert seconds is not None, "This system does not report the processor time of another process."
    return seconds


def peak_mb(pid: int) -> float:
    """The most resident memory that a process has had, where the system reports it (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@contextmanager
def started(contestants: Sequence[Contestant], endpoints: Endpoints) -> Iterator[dict[str, LambdaProcess]]:
    """A process of each, by name."""
    with ExitStack() as context:
        yield {one.name: context.enter_context(one.start(endpoints, memory_mb=512)) for one in contestants}
