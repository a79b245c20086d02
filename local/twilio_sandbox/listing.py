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

from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.pages import Args, PageRequest, invalid_page_token
from local.twilio_sandbox.store import Key, MessageFilter, MessageStore

OLDEST_FILTER = timedelta(days=400)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")
_TOKEN = re.compile(r"P([AB])([\w-]+=*)")
_PLACE = re.compile(r"([012]):(-?\d+):(\w{34})")


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
        """Read a token back; 400 21481 for one that the sandbox did not make."""
        token = _TOKEN.fullmatch(text)
        try:
            place = _PLACE.fullmatch(urlsafe_b64decode(token[2]).decode()) if token else None
        except ValueError:
            place = None
        if token is None or place is None:
            raise invalid_page_token()
        return cls(token[1], (int(place[1]), float(place[2]), place[3]))


def list_messages(
    store: MessageStore, args: Args, *, path: str, now: datetime, by_day: bool = False
) -> dict[str, object]:
    """Return one page of messages with its envelope; `path` is the listing's own.

    `by_day` reads the time of a date as its whole day.

    Raises:
        TwilioError: 400 for a page size over 1000, a bad token, or a date that is malformed or too old.
    """
    wanted, page = _filter(args, now, by_day), PageRequest.of(path, args)
    token = PageToken.parse(page.token) if page.token is not None else None
    if token is not None and token.side == "B":
        rows, more = store.before(wanted, token.place, page.size), True
    else:
        rows = store.after(wanted, token.place if token else None, page.size + 1)
        rows, more = rows[: page.size], len(rows) > page.size
    return page.envelope(
        "messages",
        [message.resource() for message in rows],
        previous=_token("B", store, rows[0]) if page.number and rows else None,
        following=_token("A", store, rows[-1]) if more and rows else None,
    )


def _token(side: str, store: MessageStore, row: Message) -> str:
    return str(PageToken(side, store.key(row)))


def _filter(args: Args, now: datetime, by_day: bool) -> MessageFilter:
    lower = [first for first, _ in _seconds_of(args, by_day, "DateSent>", "DateSent")]
    upper = [last for _, last in _seconds_of(args, by_day, "DateSent<", "DateSent")]
    if any(bound < now - OLDEST_FILTER for bound in lower + upper):
        raise TwilioError(400, 20004, "Messages older than 400 days cannot be filtered for")
    return MessageFilter(
        to=args.get("To") or None,
        from_=args.get("From") or None,
        sent_from=max(lower, default=None),
        sent_until=min(upper, default=None),
    )


def _seconds_of(args: Args, by_day: bool, *names: str) -> Iterator[tuple[datetime, datetime]]:
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
        if by_day or "T" not in value:
            first = first.replace(hour=0, minute=0, second=0)
            yield first, first + timedelta(days=1, seconds=-1)
        else:
            yield first, first
