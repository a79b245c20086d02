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
    """Reads the next pages of readings: *uri_of* a reading is the page's URI, None where all is read.

    *asked_at* is when the last page was requested, in seconds since the epoch, by the *clock*: its contents are not
    older.
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

    def look(self, place: P) -> None:
        """Read the page at *place*, keep it until it is read again, and begin with what follows. Raises as that."""
        self.begin(place)
        self.begin_at(self._ahead[self._uri_of(place) or ""][0].result().next_page_uri)

    def read(self, place: P, *, ahead: bool = False) -> Page:
        """The page at *place*, where something is left to be read. Raises the errors of the client.

        *ahead*: the page that it names is begun at once, and not only when it has been looked at.
        """
        self.begin(place)
        # What was read ahead is used once: the same page may be read again later, for what it shows then.
        begun, self._ahead = self._ahead, {}
        future, self.asked_at = begun[self._uri_of(place) or ""]
        page = future.result()
        following = page.next_page_uri
        if ahead and following:
            self._ahead = {uri: each for uri, each in begun.items() if uri == following}
            self.begin_at(following)
        return page

    def begin(self, place: P) -> None:
        """Begin to read that page, if there is one and it is not begun."""
        self.begin_at(self._uri_of(place))

    def begin_at(self, uri: str | None) -> None:
        """Begin to read the page at *uri*, which is known before what the one before it holds is."""
        if uri and uri not in self._ahead:
            asked_at = self._clock()
            self._ahead[uri] = self._thread.submit(self._client.page, uri), asked_at
