"""The pages of lists, the next of which is read while one is worked on."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

from twilio_connector.errors import TwilioNotFoundError, TwilioRejectedError, TwilioResponseError
from twilio_connector.twilio.client import Page, TwilioClient

# What Twilio answers to a page token that it does not take any more, and what may come of one in its place.
REFUSALS = (TwilioRejectedError, TwilioNotFoundError, TwilioResponseError)

P = TypeVar("P")


class PageReader(Generic[P]):
    """Reads the pages at which readings stand: *uri_of* one of them is the page's URI, None where all is read.

    *asked_at* is when the page that was read last was asked for, in seconds since the epoch, by the *clock*: what it
    shows is no older.
    """

    def __init__(
        self, client: TwilioClient, uri_of: Callable[[P], str | None], clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._uri_of = uri_of
        self._clock = clock
        self._thread = ThreadPoolExecutor(1)
        self._ahead: dict[str, tuple[Future[Page], float]] = {}
        self.asked_at = 0.0

    def __enter__(self) -> "PageReader[P]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def read(self, place: P) -> Page:
        """The page at *place*, where something is left to be read. Raises the errors of the client."""
        self.begin(place)
        page, self.asked_at = self._ahead[self._uri_of(place) or ""]
        # What was read ahead is used once: the same page may be read again later, for what it shows then.
        self._ahead.clear()
        return page.result()

    def begin(self, place: P) -> None:
        """Begin to read that page, if there is one and it is not begun."""
        self.begin_at(self._uri_of(place))

    def begin_at(self, uri: str | None) -> None:
        """Begin to read the page at *uri*, which is known before what the one before it holds is."""
        if uri and uri not in self._ahead:
            asked_at = self._clock()
            self._ahead[uri] = self._thread.submit(self._client.page, uri), asked_at
