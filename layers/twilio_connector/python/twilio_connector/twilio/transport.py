"""HTTP to Twilio: one pool of kept-alive connections a process, requests bounded, every failure one of our errors."""

from functools import cache
from threading import Lock
from typing import Self

import urllib3
from urllib3.exceptions import DecodeError, HTTPError, MaxRetryError
from urllib3.response import BaseHTTPResponse
from urllib3.util.timeout import Timeout

from twilio_connector import USER_AGENT
from twilio_connector.errors import OutcomeUnknownError, TwilioResponseError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.trust import for_twilio
from twilio_connector.twilio.pool import NotConnectedError, bounded_pool_manager
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.retries import BoundedRetry

CONNECT_SECONDS = 5.0
# Threads that begin at once have one pool, too.
_making = Lock()


@cache
def pool() -> urllib3.PoolManager:
    """The process's connection pool: ten, as many as a batch of the send queue needs at once."""
    return bounded_pool_manager(maxsize=10, context=for_twilio())


class BoundedTimeout(Timeout):
    """A time-out that no attempt of a request may exceed, nor the time left until *deadline*."""

    def __init__(self, deadline: Deadline, *, connect: float, read: float) -> None:
        # urllib3 refuses a time-out of zero; what has so little time left fails anyway.
        left = max(0.01, deadline.remaining())
        super().__init__(connect=min(connect, left), read=min(read, left))
        self._deadline, self._limits = deadline, (connect, read)

    @property
    def read_timeout(self) -> float:
        """Seconds for the whole answer, from now on: connecting and sending have taken their part of what was left."""
        return min(self._limits[1], max(0.01, self._deadline.remaining()))

    def clone(self) -> Self:
        """The time-out of the next attempt; urllib3 calls it for each."""
        connect, read = self._limits
        return type(self)(self._deadline, connect=connect, read=read)


def exchange(request: Request, retries: BoundedRetry) -> BaseHTTPResponse:
    """Send *request* and read its response, whatever its status; redirects are not followed.

    Failures are repeated as *retries* says, within its deadline.
    Raises :class:`TwilioUnavailableError`, or :class:`OutcomeUnknownError` where the request may have been carried out;
    :class:`TwilioResponseError` if the answer cannot be decoded.
    """
    with _making:
        manager = pool()
    try:
        return manager.urlopen(
            request.method,
            request.url,
            redirect=False,
            preload_content=False,
            release_conn=True,
            body=request.body,
            headers={"User-Agent": USER_AGENT, **request.headers},
            retries=retries,
            timeout=BoundedTimeout(retries.deadline, connect=CONNECT_SECONDS, read=request.read_seconds),
        )
    except HTTPError as exc:
        failure = exc.reason if isinstance(exc, MaxRetryError) else exc
        if isinstance(failure, NotConnectedError) and not retries.unsettled:
            raise TwilioUnavailableError(f"Twilio could not be reached: {type(failure.cause).__name__}.") from exc
        kind = type(failure).__name__
        if request.changes:
            raise OutcomeUnknownError(f"The request was sent, but its answer was lost: {kind}.") from exc
        if isinstance(failure, DecodeError):
            raise TwilioResponseError("Twilio's answer cannot be decoded.") from exc
        raise TwilioUnavailableError(f"Twilio did not answer: {kind}.") from exc
