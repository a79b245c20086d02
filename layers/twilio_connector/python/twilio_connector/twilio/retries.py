"""Which failures of a request are repeated, and when: urllib3's own ``Retry``, by a table of what it may assume.

============================  =====================  ============================
failure                       GET, HEAD              all others: changes
============================  =====================  ============================
never connected               repeated               repeated
429                           repeated               repeated ("not processed")
5xx                           repeated               not: may have been done
reset, read time-out          repeated               not: may have been done
============================  =====================  ============================

Source: https://www.twilio.com/docs/api/errors/20429 and https://www.twilio.com/docs/api/errors/20500

Why: docs/decisions.md#2026-11-23-urllib3-instead-of-twilios-sdk
"""

import random
from collections.abc import Callable
from typing import Any, ClassVar, Self

from urllib3.exceptions import InvalidHeader, MaxRetryError, ResponseError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.responses import redirects

ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
BACKOFF_MAX_SECONDS = 30.0
THROTTLED = 429
# A repeat that has less time than this left is not begun.
LEAST_REQUEST_SECONDS = 1.0

Delay = Callable[[int], float]


def full_jitter(failures: int) -> float:
    """Seconds to wait after the *failures*-th failure in a row: anything up to 0.5 s, 1 s, 2 s, … 30 s."""
    return random.uniform(0, min(BACKOFF_MAX_SECONDS, BACKOFF_SECONDS * 2 ** (failures - 1)))


class BoundedRetry(Retry):
    """``Retry`` that ends rather than wait past *deadline*, and waits *delay(failures)* unless ``Retry-After`` says.

    A repeat that would have less than *least* seconds is not begun. *unsettled*, which all copies share, collects the
    failures after which the request may have been carried out: one that Twilio refuses later may have succeeded before.
    After such a failure *may_happen_twice* is asked, as the last, whether there may be a repeat.
    """

    # Only the forcelist decides: a 503 with Retry-After does not prove that a POST was not accepted.
    RETRY_AFTER_STATUS_CODES: ClassVar[frozenset[int]] = frozenset()  # type: ignore[misc]  # urllib3 leaves it un-annotated

    def __init__(
        self,
        *args: Any,
        deadline: Deadline,
        delay: Delay = full_jitter,
        least: float = LEAST_REQUEST_SECONDS,
        unsettled: set[str] | None = None,
        may_happen_twice: Callable[[], bool] = lambda: True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = deadline
        self.delay = delay
        self.least = least
        self.unsettled = set() if unsettled is None else unsettled
        self.may_happen_twice = may_happen_twice
        self._wait = 0.0

    def new(self, **kwargs: Any) -> Self:
        """A copy with other counters; urllib3 calls it for each attempt."""
        return super().new(
            deadline=self.deadline,
            delay=self.delay,
            least=self.least,
            unsettled=self.unsettled,
            may_happen_twice=self.may_happen_twice,
            **kwargs,
        )

    def increment(self, *args: Any, **kwargs: Any) -> Self:
        """Count a failure. Raises ``MaxRetryError`` or the failure itself when it is not to be repeated."""
        response: BaseHTTPResponse | None = kwargs.get("response")
        error: Exception | None = kwargs.get("error")
        doubt = ""
        if error and not self._is_connection_error(error):
            doubt = type(error).__name__
        # 408: see what an error means in :mod:`.responses`.
        if response and (response.status >= 500 or response.status == 408):
            doubt = f"HTTP {response.status}"
        if doubt:
            self.unsettled.add(doubt)
        if response is not None and redirects(response):
            # An answer like any other, even where all errors are to be repeated.
            raise MaxRetryError(kwargs["_pool"], "", ResponseError("a redirect"))
        following = super().increment(*args, **kwargs)
        following._wait = following.wait_after(response)
        if following._wait + self.least > self.deadline.remaining():
            obstacle = "no time left to repeat the request"
        elif doubt and not self.may_happen_twice():
            obstacle = "it may not happen twice"
        else:
            return following
        reason = error or ResponseError(obstacle)
        raise MaxRetryError(kwargs["_pool"], "", reason) from reason

    def wait_after(self, response: BaseHTTPResponse | None) -> float:
        """Seconds to wait before the next attempt."""
        asked = self.get_retry_after(response) if response is not None else None
        return self.delay(len(self.history)) if asked is None else asked

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """The response's ``Retry-After`` in seconds; None where there is none that can be read."""
        try:
            return super().get_retry_after(response)
        except (InvalidHeader, OverflowError, ValueError):
            return None

    def get_backoff_time(self) -> float:
        """What :meth:`increment` decided."""
        return self._wait

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before a repeat, and count it; urllib3 calls it for each."""
        count("TwilioRetries")
        super().sleep(response)

    def sleep_for_retry(self, response: BaseHTTPResponse) -> bool:
        """Leave the waiting to :meth:`get_backoff_time`, which took ``Retry-After`` into account."""
        return False


def retry_by_proof(request: Request, deadline: Deadline) -> BoundedRetry:
    """The table above, for *request*."""
    return BoundedRetry(
        total=ATTEMPTS - 1,
        redirect=False,
        read=False if request.changes else None,
        # Over TLS, what a reset is called by urllib3.
        other=0 if request.changes else None,
        status_forcelist={THROTTLED} if request.changes else {THROTTLED, *range(500, 600)},
        allowed_methods=None,
        raise_on_status=False,
        deadline=deadline,
    )
