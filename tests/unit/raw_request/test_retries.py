"""What a raw request's retries do after each failure. How urllib3 plays along is tested against a server."""

from typing import Any

import pytest
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ProtocolError
from urllib3.response import HTTPResponse

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.raw_request.request import RAW_REQUEST_INPUTS
from twilio_connector.raw_request.retries import retry_as_asked
from twilio_connector.twilio.retries import BoundedRetry

POOL = HTTPConnectionPool("127.0.0.1")
NEVER_CONNECTED = NewConnectionError(HTTPConnection("127.0.0.1"), "refused")
RESET = ProtocolError("reset")


def retries(seconds: float = 100, *, reaches_people: bool = False, **inputs: Any) -> BoundedRetry:
    """Those of a request with *seconds* left on a clock that does not move."""
    deadline = Deadline(seconds, clock=lambda: 0.0)
    return retry_as_asked(Inputs(inputs, RAW_REQUEST_INPUTS), deadline, lambda: reaches_people)


def after(before: BoundedRetry, failure: HTTPError | int, headers: dict[str, str] | None = None) -> BoundedRetry:
    """What is left of the retries after *failure*, an exception or a status."""
    if isinstance(failure, int):
        return before.increment("POST", "/", response=HTTPResponse(status=failure, headers=headers), _pool=POOL)
    return before.increment("POST", "/", error=failure, _pool=POOL)


def test_nothing_is_repeated_unless_asked() -> None:
    with pytest.raises(MaxRetryError):
        after(retries(), 500)
    with pytest.raises(MaxRetryError):
        after(retries(), NEVER_CONNECTED)


def test_what_reaches_somebody_is_repeated_when_it_never_left() -> None:
    left = after(retries(reaches_people=True, maxRetries="1"), NEVER_CONNECTED)
    assert not left.unsettled
    with pytest.raises(ProtocolError):
        after(left, RESET)


@pytest.mark.parametrize("inputs", [{}, {"maxRetries": 0}, {"maxRetries": 3, "retryAllErrors": True}], ids=str)
def test_the_table_of_operations_is_not_read_where_it_decides_nothing(inputs: dict[str, Any]) -> None:
    def read() -> bool:
        raise AssertionError("it was read")

    retry_as_asked(Inputs(inputs, RAW_REQUEST_INPUTS), Deadline.after(1), read)


def test_the_delay_is_fixed() -> None:
    first = after(retries(maxRetries=3, retryDelayMS=1500), 500)
    assert (first.get_backoff_time(), after(first, RESET).get_backoff_time()) == (1.5, 1.5)


def test_exponential_backoff_ignores_the_delay_and_stays_below_its_limits() -> None:
    left = retries(maxRetries=10, retryDelayMS=90_000, useExponentialBackoff="true")
    for limit in (0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30):
        left = after(left, 503)
        assert 0 <= left.get_backoff_time() <= limit
    with pytest.raises(MaxRetryError):
        after(left, 503)


def test_retry_after_takes_the_place_of_the_delay() -> None:
    left = after(retries(maxRetries=1, retryDelayMS=5), 503, {"Retry-After": "7"})
    assert left.get_backoff_time() == 7


@pytest.mark.parametrize("headers", [{"Retry-After": "101"}, None])
def test_no_wait_goes_beyond_the_budget(headers: dict[str, str] | None) -> None:
    with pytest.raises(MaxRetryError):
        after(retries(100, maxRetries=1, retryDelayMS=100_000), 503, headers)


def test_short_budgets_allow_repeats() -> None:
    assert after(retries(0.2, maxRetries=1), 500).get_backoff_time() == 0


@pytest.mark.parametrize(
    ("failure", "unsettled"), [(RESET, True), (502, True), (408, True), (429, False), (400, False), (302, False)]
)
def test_it_is_known_whether_a_failed_attempt_may_have_succeeded(failure: HTTPError | int, unsettled: bool) -> None:
    before = retries(maxRetries=1, retryAllErrors=True)
    after(before, failure)
    assert bool(before.unsettled) is unsettled


@pytest.mark.parametrize(
    "inputs",
    [
        {"maxRetries": 11},
        {"maxRetries": -1},
        {"maxRetries": 1.5},
        {"maxRetries": "many"},
        {"retryDelayMS": -1},
        {"retryDelayMS": 900_001},
        {"retryAllErrors": "yes"},
        {"useExponentialBackoff": 1},
    ],
)
def test_bad_values_are_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(inputs))):
        retries(**inputs)
