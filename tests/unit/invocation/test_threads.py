"""Logs and metrics of several threads: none has another's keys, no line comes in between another's, none is lost."""

import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.log_lines import log_lines
from tests.support.metric_lines import emitted
from twilio_connector.invocation.observability import count, log_keys, logger, metrics

THREADS, TIMES = 16, 47


@pytest.fixture(autouse=True)
def _often_in_between() -> Iterator[None]:
    """Let threads be interrupted as often as they can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
    metrics.provider.clear_metrics()


class PiecewiseStream(io.StringIO):
    """Gives others the chance to write after each write, as a pipe may."""

    def write(self, text: str) -> int:
        written = super().write(text)
        for _ in range(20):
            pass
        return written


def test_each_thread_s_lines_have_its_own_keys_and_no_other_s() -> None:
    all_here = Barrier(THREADS)

    def talk(number: int) -> None:
        all_here.wait()
        for _ in range(TIMES):
            with log_keys(sqs_message_id=f"m{number}"):
                logger.warning("inside", extra={"number": number})
            logger.warning("outside", extra={"number": number})

    with log_lines() as lines, ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(talk, range(THREADS)))

    told = [json.loads(line) for line in lines]
    assert len(told) == 2 * THREADS * TIMES
    for one in told:
        assert one.get("sqs_message_id") == (f"m{one['number']}" if one["message"] == "inside" else None)


def test_keys_are_gone_after_an_error_and_those_of_the_invocation_stay() -> None:
    logger.append_keys(function_request_id="request")
    with log_lines() as lines:
        with pytest.raises(ValueError, match="mine"), log_keys(sqs_message_id="m1"):
            logger.warning("inside")
            raise ValueError("mine")
        logger.warning("outside")
    logger.remove_keys(["function_request_id"])
    inside, outside = map(json.loads, lines)
    assert (inside["sqs_message_id"], inside["function_request_id"]) == ("m1", "request")
    assert ("sqs_message_id" in outside, outside["function_request_id"]) == (False, "request")


def test_no_count_is_lost_and_no_line_torn(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = PiecewiseStream()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    all_here = Barrier(THREADS)

    def work(number: int) -> None:
        all_here.wait()
        for _ in range(TIMES):
            # More than the hundred values of which Powertools prints a metric at once.
            count("TwilioRetries")
            count("Sends", outcome="sent" if number % 2 else "found")
            logger.warning("beside")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))
    metrics.flush_metrics()

    counted = Counter[tuple[str, str]]()
    for name, dimensions, value in emitted(stream.getvalue()):
        assert ("outcome" in dimensions) is (name == "Sends")
        counted[name, dimensions.get("outcome", "")] += int(value)
    half = THREADS * TIMES // 2
    assert counted == {("TwilioRetries", ""): 2 * half, ("Sends", "sent"): half, ("Sends", "found"): half}
    assert stream.getvalue().count('"beside"') == THREADS * TIMES
