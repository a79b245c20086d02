"""The account's messages, kept in listing order so that a page costs its own size, not a sort.

A key is `(rank, -seconds, sid)`: newest first by the date sent, then by SID. Messages without a date
form a block of their own at one end of the list, ordered by their creation.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sortedcontainers import SortedList

from local.twilio_sandbox.message import Message

Key = tuple[int, float, str]
_LAST_SID = "~"


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What a listing asks for; both bounds of the date sent are inclusive."""

    to: str | None = None
    from_: str | None = None
    sent_from: datetime | None = None
    sent_until: datetime | None = None

    @property
    def by_date(self) -> bool:
        """Whether either bound is given."""
        return self.sent_from is not None or self.sent_until is not None

    def accepts(self, message: Message) -> bool:
        """Whether the addresses match. The store itself reads the dates, as a range of keys."""
        return self.to in (None, message.to) and self.from_ in (None, message.from_)


class MessageStore:
    """A thread-safe collection of messages; those handed out are immutable snapshots."""

    def __init__(
        self,
        *,
        null_dates_match_filters: bool,
        null_dates_first: bool,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_change` is called after every change, outside the lock."""
        self._null_dates_match_filters = null_dates_match_filters
        self._null_rank = 0 if null_dates_first else 2
        self._on_change = on_change
        self._lock = threading.Lock()
        self._by_sid: dict[str, Message] = {}
        self._keys: SortedList[Key] = SortedList()
        self._listed_from: dict[str, float] = {}

    def add(self, messages: Iterable[Message], *, listed_after: float = 0) -> None:
        """Add messages that lists leave out for `listed_after` seconds (`math.inf`: until `reveal`)."""
        with self._lock:
            added = {message.sid: message for message in messages}
            self._by_sid.update(added)
            self._keys.update(map(self.key, added.values()))
            if listed_after > 0:
                self._listed_from.update(dict.fromkeys(added, time.monotonic() + listed_after))
        self._on_change()

    def reveal(self, sids: Iterable[str]) -> None:
        """Let lists show these messages from now on."""
        with self._lock:
            for sid in sids:
                self._listed_from.pop(sid, None)
        self._on_change()

    def get(self, sid: str) -> Message | None:
        """Return one message, listed or not."""
        with self._lock:
            return self._by_sid.get(sid)

    def update(self, sid: str, change: Callable[[Message], Message]) -> Message | None:
        """Replace a message by what `change` makes of it, atomically; None if the message was deleted."""
        with self._lock:
            message = self._by_sid.get(sid)
            if message is None:
                return None
            changed = change(message)
            self._by_sid[sid] = changed
            self._keys.remove(self.key(message))
            self._keys.add(self.key(changed))
        self._on_change()
        return changed

    def remove(self, sid: str) -> None:
        """Delete a message that exists."""
        with self._lock:
            self._keys.remove(self.key(self._by_sid.pop(sid)))
        self._on_change()

    def all(self) -> list[Message]:
        """Return every message, in the order of their arrival here."""
        with self._lock:
            return list(self._by_sid.values())

    def key(self, message: Message) -> Key:
        """Return a message's place in the listing order."""
        if message.date_sent is None:
            return (self._null_rank, -message.date_created.timestamp(), message.sid)
        return (1, -message.date_sent.timestamp(), message.sid)

    def after(self, wanted: MessageFilter, place: Key | None, limit: int) -> list[Message]:
        """Return up to `limit` messages that follow a place (None: from the top), in listing order."""
        ranges = self._ranges(wanted)
        if place is not None:
            ranges = [(max(low, place), high) for low, high in ranges if high > place]
        with self._lock:
            keys = (key for low, high in ranges for key in self._keys.irange(low, high) if key != place)
            return list(islice(self._matching(wanted, keys), limit))

    def before(self, wanted: MessageFilter, place: Key, limit: int) -> list[Message]:
        """Return the `limit` messages that precede a place, in listing order."""
        ranges = [(low, min(high, place)) for low, high in reversed(self._ranges(wanted)) if low < place]
        with self._lock:
            keys = (key for low, high in ranges for key in self._keys.irange(low, high, reverse=True) if key != place)
            return list(islice(self._matching(wanted, keys), limit))[::-1]

    def _matching(self, wanted: MessageFilter, keys: Iterator[Key]) -> Iterator[Message]:
        now = time.monotonic()
        for _, _, sid in keys:
            message = self._by_sid[sid]
            if wanted.accepts(message) and self._listed_from.get(sid, 0) <= now:
                yield message

    def _ranges(self, wanted: MessageFilter) -> Sequence[tuple[Key, Key]]:
        newest = -math.inf if wanted.sent_until is None else -wanted.sent_until.timestamp()
        oldest = math.inf if wanted.sent_from is None else -wanted.sent_from.timestamp()
        ranges: list[tuple[Key, Key]] = [((1, newest, ""), (1, oldest, _LAST_SID))]
        if self._null_dates_match_filters or not wanted.by_date:
            rank = self._null_rank
            ranges.append(((rank, -math.inf, ""), (rank, math.inf, _LAST_SID)))
        return sorted(ranges)
