"""Listing messages: the query's filters, keyset page tokens, and the page envelope.

Vendor pages: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
and https://www.twilio.com/docs/usage/twilios-response#pagination
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.store import Key, MessageFilter, MessageStore

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
OLDEST_FILTER = timedelta(days=400)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")
_TOKEN = re.compile(r"P([AB])([\w-]+=*)")
_PLACE = re.compile(r"([012]):(-?\d+):(\w{34})")

Args = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class PageToken:
    """A place in the listing and the side of it to read: `A`fter or `B`efore."""

    side: str
    place: Key

    def __str__(self) -> str:
        rank, seconds, sid = self.place
        return f"P{self.side}{urlsafe_b64encode(f'{rank}:{seconds:.0f}:{sid}'.encode()).decode()}"

    @classmethod
    def parse(cls, text: str) -> PageToken:
        """Read a token back; 400 21481 for one that is none of ours."""
        token = _TOKEN.fullmatch(text)
        try:
            place = _PLACE.fullmatch(urlsafe_b64decode(token[2]).decode()) if token else None
        except ValueError:
            place = None
        if token is None or place is None:
            raise invalid_page_token()
        return cls(token[1], (int(place[1]), float(place[2]), place[3]))


def invalid_page_token() -> TwilioError:
    """400 21481, for a token that is malformed or no longer accepted."""
    return TwilioError(400, 21481, "Invalid PageToken")


def list_messages(store: MessageStore, args: Args, *, path: str, now: datetime) -> dict[str, object]:
    """Return one page of messages with its envelope; `path` is the listing's own.

    Raises:
        TwilioError: 400 for a page size over 1000, a bad token, or a date that is malformed or too old.
    """
    wanted, size, number = _filter(args, now), _page_size(args), _whole_number(args, "Page", 0)
    if number > 0 and "PageToken" not in args:
        raise TwilioError(400, 20001, "PageToken is required for paging.")
    token = PageToken.parse(args["PageToken"]) if "PageToken" in args else None
    if token is not None and token.side == "B":
        rows, more = store.before(wanted, token.place, size), True
    else:
        rows = store.after(wanted, token.place if token else None, size + 1)
        rows, more = rows[:size], len(rows) > size
    uris = _PageUris(path, args, size)
    return {
        "messages": [message.resource() for message in rows],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(rows) - 1, 0),
        "uri": uris.page(number, token),
        "first_page_uri": uris.page(0, None),
        "previous_page_uri": uris.page(number - 1, _token("B", store, rows, 0)) if number and rows else None,
        "next_page_uri": uris.page(number + 1, _token("A", store, rows, -1)) if more and rows else None,
    }


def _token(side: str, store: MessageStore, rows: list[Message], index: int) -> PageToken:
    return PageToken(side, store.key(rows[index]))


@dataclass(frozen=True, slots=True)
class _PageUris:
    path: str
    args: Args
    size: int

    def page(self, number: int, token: PageToken | None) -> str:
        """Return the host-relative URI of a page, with the filters of this one."""
        query = [pair for pair in self.args.items(multi=True) if not pair[0].startswith("Page")]
        query += [("PageSize", str(self.size)), ("Page", str(number))]
        query += [("PageToken", str(token))] if token else []
        return f"{self.path}?{urlencode(query)}"


def _page_size(args: Args) -> int:
    size = _whole_number(args, "PageSize", DEFAULT_PAGE_SIZE)
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise TwilioError(400, 20007, f"Page size must be from 1 to {MAX_PAGE_SIZE}")
    return size


def _whole_number(args: Args, name: str, default: int) -> int:
    value = args.get(name) or str(default)
    if not value.isdecimal():
        raise TwilioError(400, 20001, f"{name} is not a number")
    return int(value)


def _filter(args: Args, now: datetime) -> MessageFilter:
    lower = [first for first, _ in _seconds_of(args, "DateSent>", "DateSent")]
    upper = [first for first, _ in _seconds_of(args, "DateSent<")]
    upper += [last for _, last in _seconds_of(args, "DateSent")]
    if any(bound < now - OLDEST_FILTER for bound in lower + upper):
        raise TwilioError(400, 20004, "Messages older than 400 days cannot be filtered for")
    return MessageFilter(
        to=args.get("To") or None,
        from_=args.get("From") or None,
        sent_from=max(lower, default=None),
        sent_until=min(upper, default=None),
    )


def _seconds_of(args: Args, *names: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield the first and last second of each date given: a day is its midnight to its last second."""
    for name in names:
        if not (value := args.get(name)):
            continue
        try:
            if not _DATE.fullmatch(value):
                raise ValueError(value)
            first = datetime.fromisoformat(value).replace(tzinfo=UTC)
        except ValueError as error:
            raise TwilioError(400, 20001, f"{name} is not a date") from error
        yield first, first if "T" in value else first + timedelta(days=1, seconds=-1)
