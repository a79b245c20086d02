"""What is measured, and how: in turn, A B A B, so that whatever else the machine does meets all of them."""

import statistics
import time
import timeit
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from twilio.request_validator import RequestValidator

from tests.bench.running import Contestant, stubs
from tests.bench.stubs import ACCOUNT_SID, AUTH_TOKEN
from tests.local.lambda_process import LambdaProcess, processor_seconds
from tests.webhook_requests import form_event
from twilio_connector.signature import verify

Medians = dict[str, float]

FORM = {
    "MessageSid": "SM" + "1" * 32,
    "SmsSid": "SM" + "1" * 32,
    "SmsMessageSid": "SM" + "1" * 32,
    "AccountSid": ACCOUNT_SID,
    "MessagingServiceSid": "MG" + "2" * 32,
    "From": "+15551234567",
    "FromCity": "SAN FRANCISCO",
    "FromState": "CA",
    "FromZip": "94105",
    "FromCountry": "US",
    "To": "+15558675309",
    "ToCity": "OAKLAND",
    "ToState": "CA",
    "ToZip": "94601",
    "ToCountry": "US",
    "Body": "Yes, tomorrow at two is fine. See you then!",
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsStatus": "received",
    "ApiVersion": "2010-04-01",
}
WEBHOOK = form_event(FORM, token=AUTH_TOKEN)
SEND = {"to": "+15551234567", "from": "+15558675309", "message": "Your order has shipped."}


def medians(rounds: Iterator[tuple[str, float]]) -> Medians:
    """The median of each name's values."""
    values: dict[str, list[float]] = {}
    for name, value in rounds:
        values.setdefault(name, []).append(value)
    return {name: statistics.median(found) for name, found in values.items()}


def cold_starts(contestants: Sequence[Contestant], event: dict[str, Any], rounds: int) -> Medians:
    """Seconds from the start of a process to its first answer."""

    def each() -> Iterator[tuple[str, float]]:
        with stubs() as url:
            for _ in range(rounds):
                for contestant in contestants:
                    with contestant.start(url) as process:
                        result = process.invoke(event)
                        assert not result.failed, result.payload
                        yield contestant.name, (result.init_duration or 0) + result.duration

    return medians(each())


def processor_times(contestants: Sequence[Contestant], event: dict[str, Any], rounds: int, events: int) -> Medians:
    """Seconds of processor time of a warm process for one event, from *events* of them at a time."""

    def each(processes: dict[str, LambdaProcess]) -> Iterator[tuple[str, float]]:
        for _ in range(rounds):
            for name, process in processes.items():
                before = processor_seconds(process.pid) or 0
                for _ in range(events):
                    assert not process.invoke(event).failed
                yield name, ((processor_seconds(process.pid) or 0) - before) / events

    with stubs() as url, _started(contestants, url) as processes:
        for process in processes.values():
            process.invoke(event)
        return medians(each(processes))


def verifications(rounds: int) -> Medians:
    """Seconds for one verification of twenty parameters, in this process."""
    headers = WEBHOOK["headers"]
    url, signature = f"https://{headers['host']}{WEBHOOK['rawPath']}", headers["x-twilio-signature"]
    fields, validator = {name: [value] for name, value in FORM.items()}, RequestValidator(AUTH_TOKEN)
    candidates: dict[str, Callable[[], bool]] = {
        "connector": lambda: not verify([AUTH_TOKEN], signature, [url], fields, None).cause,
        "sdk": lambda: bool(validator.validate(url, FORM, signature)),
    }
    assert all(candidate() for candidate in candidates.values())
    return medians(
        (name, timeit.timeit(candidate, number=2_000) / 2_000)
        for _ in range(rounds)
        for name, candidate in candidates.items()
    )


def polls(contestants: Sequence[Contestant], count: int, rounds: int, latencies: tuple[float, float]) -> Medians:
    """Messages a second of a warm process, whose every poll meets *count* of them."""

    def each(processes: dict[str, LambdaProcess]) -> Iterator[tuple[str, float]]:
        for number in range(rounds + 1):
            for name, process in processes.items():
                seconds = _poll(process, number, count)
                if number:
                    yield name, count / seconds

    with stubs(count, *latencies) as url, _started(contestants, url) as processes:
        return medians(each(processes))


def poll_once(contestant: Contestant, count: int) -> tuple[float, float]:
    """Of a new process that polls *count* messages twice: its peak memory in MB; seconds a message the second time."""
    with stubs(count) as url, contestant.start(url, memory_mb=512) as process:
        seconds = [_poll(process, number, count) for number in range(2)]
        return _peak_mb(process.pid), seconds[1] / count


def _poll(process: LambdaProcess, number: int, count: int) -> float:
    """Seconds of a poll that has not been done before."""
    since = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    began = time.monotonic()
    result = process.invoke({"since": since, "from": f"+1555000{number:04}"}, timeout_ms=900_000)
    assert result.payload.get("published") == count, result.payload
    return time.monotonic() - began


def _peak_mb(pid: int) -> float:
    """The most resident memory that a process has had, where the system tells (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@contextmanager
def _started(contestants: Sequence[Contestant], url: str) -> Iterator[dict[str, LambdaProcess]]:
    with ExitStack() as context:
        yield {one.name: context.enter_context(one.start(url, memory_mb=512)) for one in contestants}
