"""The pages of a window: where its list begins, and how to go on where Twilio refuses a page token."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from twilio_connector.errors import TwilioNotFoundError, TwilioRejectedError, TwilioResponseError
from twilio_connector.polling.cursor import DrainedTo, Window
from twilio_connector.polling.inputs import Filters
from twilio_connector.twilio.client import Page, TwilioClient


def window_pages(
    client: TwilioClient, filters: Filters, window: Window, drained_to: Callable[[], DrainedTo | None]
) -> Iterator[tuple[str, Page]]:
    """The pages of *window* that are not drained yet, each with its URI; the next is read while one is worked on.

    Where Twilio refuses a page token, the list begins anew at the second down to which the window is drained by then,
    which *drained_to* gives. Raises the errors of the client.
    """
    uri, restarted = _first_uri(client, filters, window, window.drained_to), ""
    if window.drained_to and window.drained_to.uri and client.lists(window.drained_to.uri):
        uri = window.drained_to.uri
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(client.page, uri)
        while uri:
            try:
                page = reading.result()
            except (TwilioRejectedError, TwilioNotFoundError, TwilioResponseError):
                first = _first_uri(client, filters, window, drained_to())
                # What was restarted from there before has not come any further.
                if first in (uri, restarted):
                    raise
                uri = restarted = first
                reading = reader.submit(client.page, first)
                continue
            following = page.next_page_uri or ""
            if following:
                reading = reader.submit(client.page, following)
            yield uri, page
            uri = following


def _first_uri(client: TwilioClient, filters: Filters, window: Window, drained_to: DrainedTo | None) -> str:
    """The URI of the list of what *window* has left when it is drained as far as *drained_to*."""
    high = drained_to.second if drained_to else window.high
    return client.list_uri(filters.between(window.low, high))
