"""The pages of a window, the next of which is read while one is worked on."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from twilio_connector.errors import TwilioNotFoundError, TwilioRejectedError, TwilioResponseError
from twilio_connector.polling.inputs import Filters
from twilio_connector.polling.window import Window
from twilio_connector.twilio.client import Page, TwilioClient

# What Twilio answers to a page token that it does not take any more, and what may come of one in its place.
REFUSALS = (TwilioRejectedError, TwilioNotFoundError, TwilioResponseError)


class PageReader:
    """Reads pages of messages that match *filters*."""

    def __init__(self, client: TwilioClient, filters: Filters) -> None:
        self._client = client
        self._filters = filters
        self._thread = ThreadPoolExecutor(1)
        self._ahead: dict[str, Future[Page]] = {}

    def __enter__(self) -> "PageReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def read(self, window: Window) -> Page:
        """The page at which the reading of *window* stands. Raises the errors of the client."""
        self.begin(window)
        page = self._ahead[self._uri(window)]
        # What was read ahead is used once: the same page may be read again later, for what it shows then.
        self._ahead.clear()
        return page.result()

    def begin(self, window: Window) -> None:
        """Begin to read that page, if there is one and it is not begun."""
        if window.parts and (uri := self._uri(window)) not in self._ahead:
            self._ahead[uri] = self._thread.submit(self._client.page, uri)

    def _uri(self, window: Window) -> str:
        part = window.parts[0]
        return window.reading.uri or self._client.list_uri(self._filters.between(part.low, part.high))
