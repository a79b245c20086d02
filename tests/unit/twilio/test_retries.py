"""Which failures are repeated and when: urllib3's own loop over a script of outcomes, on a clock of its own."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse, HTTPResponse

from tests.support.fakes import FakeClock
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import metrics
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.retries import (
    ATTEMPTS,
    BACKOFF_MAX_SECONDS,
    LEAST_REQUEST_SECONDS,
    BoundedRetry,
    full_jitter,
    retry_by_proof,
)

# An outcome of one attempt: a status, a status with Retry-After, an answer, or what the attempt raises.
Outcome = int | tuple[int, str] | HTTPResponse | HTTPError


@dataclass
class Clock(FakeClock):
    """A clock that only sleeping moves."""

    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ScriptedPool(HTTPConnectionPool):
    """A pool whose attempts end as *script* says; what is left of it was not attempted."""

    def __init__(self, script: Sequence[Outcome]) -> None:
        super().__init__("127.0.0.1", 9)
        self.script = list(script)
        self.attempts = 0

    def _make_request(self, *_args: Any, **_kwargs: Any) -> BaseHTTPResponse:
        self.attempts += 1
        outcome = self.script.pop(0)
        if isinstance(outcome, HTTPError):
            raise outcome
        if isinstance(outcome, HTTPResponse):
            return outcome
        status, after = outcome if isinstance(outcome, tuple) else (outcome, None)
        return HTTPResponse(b"", {"Retry-After": after} if after is not None else {}, status)


Run = Callable[..., tuple[int | type[Exception], ScriptedPool]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


@pytest.fixture
def run(clock: Clock) -> Run:
    """Request with *script*; gives the final status, or the class of the failure, and the pool."""

    def run(method: str, script: Sequence[Outcome], seconds: float = 100) -> tuple[int | type[Exception], ScriptedPool]:
        pool = ScriptedPool(script)
        retries = retry_by_proof(Request(method, "/"), Deadline.after(seconds, clock))
        try:
            return pool.urlopen(method, "/", retries=retries).status, pool
        except HTTPError as exc:
            reason = exc.reason if isinstance(exc, MaxRetryError) else exc
            return type(reason or exc), pool

    return run


def refused() -> HTTPError:
    return NewConnectionError(HTTPConnection("127.0.0.1"), "refused")


def connect_timeout() -> HTTPError:
    return ConnectTimeoutError("no connection")


def read_timeout() -> HTTPError:
    return ReadTimeoutError(HTTPConnectionPool("127.0.0.1"), "/", "no answer")


def reset() -> HTTPError:
    return ProtocolError("aborted", ConnectionResetError())


def tls_reset() -> HTTPError:
    return SSLError("reset")


def throttled() -> int:
    return 429


@pytest.mark.parametrize("failure", [refused, connect_timeout, throttled])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "POST"])
def test_what_twilio_certainly_did_not_process_is_repeated_with_any_method(
    run: Run, method: str, failure: Callable[[], Outcome]
) -> None:
    answer, pool = run(method, [failure(), failure(), 200])
    assert (answer, pool.attempts) == (200, 3)


@pytest.mark.parametrize("failure", [read_timeout, reset, tls_reset])
def test_a_lost_answer_is_repeated_unless_the_request_may_have_changed_something(
    run: Run, failure: Callable[[], HTTPError]
) -> None:
    for method in ("GET", "HEAD"):
        answer, pool = run(method, [failure(), 200])
        assert (answer, pool.attempts) == (200, 2)
    for method in ("POST", "PUT", "DELETE"):
        answer, pool = run(method, [failure(), 200])
        assert (answer, pool.attempts) == (type(failure()), 1)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 599])
@pytest.mark.parametrize("after", [None, "1"])
def test_a_server_error_is_repeated_unless_the_request_may_have_changed_something(
    run: Run, status: int, after: str | None
) -> None:
    outcome = status if after is None else (status, after)
    for method in ("GET", "HEAD"):
        answer, pool = run(method, [outcome, 200])
        assert (answer, pool.attempts) == (200, 2)
    for method in ("POST", "PUT", "DELETE"):
        answer, pool = run(method, [outcome, 200])
        assert (answer, pool.attempts) == (status, 1)


@pytest.mark.parametrize("status", [200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 413, 422])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_answers_are_final(run: Run, method: str, status: int) -> None:
    answer, pool = run(method, [(status, "1"), 200])
    assert (answer, pool.attempts) == (status, 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_sends_on_to_an_address_is_final_and_is_not_followed(run: Run, method: str) -> None:
    answer, pool = run(method, [HTTPResponse(b"", {"Location": "/elsewhere"}, 302), 200])
    assert (answer, pool.attempts) == (302, 1)


@pytest.mark.parametrize("failure", [throttled, refused])
def test_attempts_are_bounded_and_the_last_failure_is_told(run: Run, failure: Callable[[], Outcome]) -> None:
    answer, pool = run("POST", [failure() for _ in range(10)])
    assert pool.attempts == ATTEMPTS
    assert answer in (429, NewConnectionError)


@pytest.mark.parametrize(("asked", "waited"), [("3", 3.0), (" 7 ", 7.0), ("0", None)])
def test_retry_after_is_honoured(run: Run, clock: Clock, asked: str, waited: float | None) -> None:
    assert run("POST", [(429, asked), 201])[0] == 201
    assert clock.slept == ([] if waited is None else [waited])


def test_retry_after_may_be_a_date(run: Run, clock: Clock) -> None:
    assert run("POST", [(429, formatdate(time.time() + 20, usegmt=True)), 201])[0] == 201
    assert clock.slept == [pytest.approx(20, abs=2)]


@pytest.mark.parametrize("asked", ["100", "86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_retry_after_ends_the_request_at_once(run: Run, clock: Clock, asked: str) -> None:
    for method in ("GET", "POST"):
        answer, pool = run(method, [(429, asked), 200])
        assert (answer, pool.attempts) == (429, 1)
    assert clock.slept == []


@pytest.mark.parametrize("asked", ["", "soon", "-5", "1.5", "9" * 5_000, "Fri, 99 Foo 2026", "٣"])
def test_an_unreadable_retry_after_counts_as_none(run: Run, clock: Clock, asked: str) -> None:
    answer, pool = run("POST", [(429, asked), 201])
    assert (answer, pool.attempts) == (201, 2)
    assert sum(clock.slept) <= 0.5


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    outcomes=st.lists(
        st.sampled_from([429, 500, 503, "refused", "reset"]) | st.tuples(st.just(429), st.integers(0, 60).map(str)),
        min_size=ATTEMPTS,
        max_size=ATTEMPTS,
    ),
    seconds=st.floats(0, 90),
)
def test_nothing_is_repeated_so_late_that_the_deadline_would_pass(
    method: str, outcomes: list[Any], seconds: float
) -> None:
    clock = Clock(now=0)
    failures: dict[Any, Callable[[], HTTPError]] = {"refused": refused, "reset": reset}
    pool = ScriptedPool([failures[outcome]() if outcome in failures else outcome for outcome in outcomes])
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(time, "sleep", clock.sleep)
        with suppress(HTTPError):
            pool.urlopen(method, "/", retries=retry_by_proof(Request(method, "/"), Deadline.after(seconds, clock)))
    assert pool.attempts == 1 or clock.now + LEAST_REQUEST_SECONDS <= seconds


@pytest.mark.parametrize(("failures", "most"), [(1, 0.5), (2, 1.0), (3, 2.0), (7, 30.0), (60, 30.0)])
def test_the_wait_between_attempts_doubles_with_full_jitter_up_to_a_bound(failures: int, most: float) -> None:
    waits = [full_jitter(failures) for _ in range(500)]
    assert 0 <= min(waits) < most / 4
    assert most * 3 / 4 < max(waits) <= most <= BACKOFF_MAX_SECONDS


def test_failures_after_which_the_request_may_have_happened_are_kept_over_all_attempts(clock: Clock) -> None:
    retries = retry_by_proof(Request("GET", "/"), Deadline.after(100, clock))
    ScriptedPool([refused(), reset(), 503, 404]).urlopen("GET", "/", retries=retries)
    assert retries.unsettled == {"ProtocolError", "HTTP 503"}

    for status in (500, 408):
        retries = bounded(clock)
        retries.increment("POST", "/", response=HTTPResponse(b"", {}, status), _pool=ScriptedPool([]))
        assert retries.unsettled == {f"HTTP {status}"}

    retries = retry_by_proof(Request("POST", "/"), Deadline.after(100, clock))
    ScriptedPool([refused(), 429, 400]).urlopen("POST", "/", retries=retries)
    assert retries.unsettled == set()


def bounded(clock: Clock, seconds: float = 100.0, **how: Any) -> BoundedRetry:
    """Repeats of whatever fails, after a second each."""
    waits: Any = {"delay": lambda _: 1.0, "least": 2.0, **how}
    return BoundedRetry(
        total=9,
        redirect=False,
        status_forcelist=[503],
        allowed_methods=None,
        raise_on_status=False,
        deadline=Deadline.after(seconds, clock),
        **waits,
    )


def test_what_has_just_time_enough_is_repeated_whichever_attempt_it_is(clock: Clock) -> None:
    pool = ScriptedPool([503] * 5)
    pool.urlopen("GET", "/", retries=bounded(clock, 4.0))
    # After two seconds there are two left, and after a third one would be less than the least.
    assert (pool.attempts, clock.slept) == (3, [1.0, 1.0])


def test_whether_it_may_happen_twice_is_asked_before_each_repeat_of_what_may_have_happened(clock: Clock) -> None:
    verdicts = [True, True, False]
    pool = ScriptedPool([503, refused(), 503, 503, 200])
    assert pool.urlopen("GET", "/", retries=bounded(clock, may_happen_twice=lambda: verdicts.pop(0))).status == 503
    assert (pool.attempts, verdicts) == (4, [])


def test_each_repeat_is_counted(clock: Clock) -> None:
    metrics.clear_metrics()
    ScriptedPool([503, 503, 200]).urlopen("GET", "/", retries=bounded(clock))
    assert metrics.metric_set["TwilioRetries"]["Value"] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("answer", "how", "reason"),
    [
        (HTTPResponse(b"", {}, 503), {"seconds": 2.5}, "no time left to repeat the request"),
        (HTTPResponse(b"", {}, 503), {"may_happen_twice": lambda: False}, "it may not happen twice"),
        (HTTPResponse(b"", {"Location": "/elsewhere"}, 302), {}, "a redirect"),
    ],
    ids=["late", "twice", "redirect"],
)
def test_what_ends_the_attempts_says_why_and_nothing_of_the_url(
    clock: Clock, answer: HTTPResponse, how: dict[str, Any], reason: str
) -> None:
    pool = ScriptedPool([])
    with pytest.raises(MaxRetryError) as ended:
        bounded(clock, **how).increment("GET", "/private", response=answer, _pool=pool)
    assert (ended.value.pool, ended.value.url, str(ended.value.reason)) == (pool, "", reason)


def test_a_failure_that_is_not_repeated_is_the_reason_itself(clock: Clock) -> None:
    failure = read_timeout()
    with pytest.raises(MaxRetryError) as ended:
        bounded(clock, 1.0).increment("GET", "/private", error=failure, _pool=ScriptedPool([]))
    assert ended.value.reason is failure
