"""Polling: every message that was sent since the cursor is published, once, whatever happens in between.

A window of seconds is read page by page, in whatever order Twilio lists; after every page, what was published is
remembered, and how far the window is read is saved; the cursor moves only when nothing of the window is left to read.
``docs/polling.md`` tells why nothing is lost.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.budget import MIN_PAGE_SECONDS
from twilio_connector.listing.filters import Filters
from twilio_connector.listing.lease import Lease
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.listing.pages import REFUSALS, PageReader
from twilio_connector.listing.rows import Row, rows_between, rows_of
from twilio_connector.polling.budget import LOOK_BACK_SECONDS
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.page_publisher import PagePublisher, PageRefusedError
from twilio_connector.polling.window import Window
from twilio_connector.settings import PollSettings
from twilio_connector.twilio.client import TwilioClient


@dataclass
class PollCounts:
    """What one poll did: messages *listed*, *published* and *suppressed* (published before), and *events*.

    *out_of_order* are those published that stood where Twilio's documented order leaves no room for them.
    """

    listed: int = 0
    published: int = 0
    suppressed: int = 0
    out_of_order: int = 0
    events: int = 0
    truncated: bool = False


@dataclass
class Poll:
    """One poll of one cursor, whose lease is held.

    After *deadline* nothing more is published. *clock* gives seconds since the epoch.
    """

    client: TwilioClient
    filters: Filters
    cursor: Cursor
    lease: Lease[Cursor]
    memory: PublishedMemory
    publisher: PagePublisher
    settings: PollSettings
    deadline: Deadline
    clock: Callable[[], float] = time.time
    counts: PollCounts = field(default_factory=PollCounts)

    def run(self) -> None:
        """Drain the window that an earlier poll left, then the one up to the last complete second."""
        resumed = self.cursor.window
        if resumed and not self._drain(resumed):
            return
        high = int(self.clock()) - 1
        if high > self.cursor.at:
            overlap = self.settings.poll_overlap_seconds
            self._drain(Window.unread(self.cursor.next_low(overlap), high, remember_from=high + 1 - overlap))

    def skip(self) -> None:
        """Move the cursor to the last complete second and publish nothing."""
        high = max(int(self.clock()) - 1, self.cursor.at)
        self._save(replace(self.cursor, at=high, floor=high + 1, window=None, proven=True))

    def _drain(self, window: Window) -> bool:
        """Publish what is left of *window*; False if something still is when the poll has to stop."""
        window = window.from_second(int(self.clock()) - LOOK_BACK_SECONDS)
        resumed = True
        with PageReader(self.client, self._uri, self.clock) as reader:
            while window.parts:
                resumed = resumed and window.reading.uri is not None
                try:
                    page = reader.read(window)
                except REFUSALS:
                    # Lists that begin anew give new tokens. Of a single second there is no shorter one.
                    if window.reading.uri is None or (window.parts[0].is_second and not resumed):
                        raise
                    window = window.reread()
                    continue
                rows = rows_of(page.messages)
                after = window.after(rows, page.next_page_uri)
                reader.begin(after)
                window, done = self._take_page(rows, window, after)
                if not done or (window.parts and self.deadline.remaining() < MIN_PAGE_SECONDS):
                    return self._stop(window)
        self._finish(window)
        return True

    def _uri(self, window: Window) -> str | None:
        """The page at which the reading of *window* stands."""
        if not window.parts:
            return None
        part = window.parts[0]
        return window.reading.uri or self.client.list_uri(self.filters.between(part.low, part.high))

    def _take_page(self, rows: Sequence[Row], window: Window, after: Window) -> tuple[Window, bool]:
        """Publish those *rows* of a page of *window* that are fresh, which makes it *after*.

        Returns the window as it is then, and False if something fresh had to be left.
        """
        part = window.parts[0]
        self.counts.listed += len(rows)
        fresh = self._fresh(rows_between(rows, part.low, part.high, int(self.clock())), window)
        room = self.settings.poll_max_messages - self.counts.published
        if not fresh:
            return after, True
        if room <= 0 or self.deadline.remaining() < MIN_PAGE_SECONDS:
            return window, False
        # A page of which something is left is read again: what was published of it is remembered.
        chosen, done = fresh[:room], len(fresh) <= room
        reached = self._publish(chosen, window, after if done else window)
        self.counts.out_of_order += window.reading.out_of_order(chosen, rows)
        return reached, done

    def _fresh(self, rows: Sequence[Row], window: Window) -> list[Row]:
        """Those of *rows*, which lie in *window*, that have not been published."""
        sent = [row.sent for row in rows if row.sent is not None]
        if sent:
            self._load(min(sent), max(sent), window)
        fresh = [row for row in rows if row.sent is None or row.sid not in self.memory]
        doubtful = [row.sid for row in fresh if row.sent is None or self._may_have_been_undated(row)]
        known = self.memory.undated(doubtful) if doubtful else set()
        fresh = [row for row in fresh if row.sid not in known]
        self.counts.suppressed += len(rows) - len(fresh)
        return fresh

    def _load(self, oldest: int, newest: int, window: Window) -> None:
        """Know what is remembered of the seconds from *oldest* to *newest*.

        A chunk stands under its newest second. One that was written for this window reaches no more than its span
        below that; those of the windows before stand below the cursor.
        """
        at = self.cursor.at if oldest <= self.cursor.at else oldest
        self.memory.load(oldest, max(newest + window.span, at))

    def _may_have_been_undated(self, row: Row) -> bool:
        """Whether an earlier poll can have seen the row without its date."""
        return row.created is None or row.created <= self.cursor.newest_undated

    def _publish(self, rows: Sequence[Row], window: Window, after: Window) -> Window:
        """Publish *rows* of *window*, remember them, then save the window *after* them, and return it."""
        self._note_undated(rows)
        try:
            self.counts.events += self.publisher.publish([row.message for row in rows])
        except PageRefusedError as exc:
            window = self._remember([row for row in rows if row.sid in exc.published], window)
            self._save(replace(self.cursor, window=window))
            raise ServiceUnavailableError(str(exc)) from exc
        after = self._remember(rows, after)
        self.counts.published += len(rows)
        self._save(replace(self.cursor, window=after))
        return after

    def _note_undated(self, rows: Sequence[Row]) -> None:
        """Save how new the undated of *rows* are, without which nobody would look them up once they are dated."""
        now = int(self.clock())
        newest = max((row.created or now for row in rows if row.sent is None), default=0)
        if newest > self.cursor.newest_undated:
            self._save(replace(self.cursor, newest_undated=newest))

    def _remember(self, rows: Sequence[Row], window: Window) -> Window:
        """Remember *rows* until *window* is done; returns it, knowing of them."""
        now = int(self.clock())
        undated = {row.sid: row.undated_until(now) for row in rows if row.sent is None}
        if undated:
            self.memory.remember_undated(undated)
        seconds = {row.sid: row.sent for row in rows if row.sent is not None}
        self.memory.remember(seconds, max(seconds.values(), default=0), now)
        return window.remembering(seconds.values())

    def _stop(self, window: Window) -> bool:
        self.counts.truncated = True
        self._save(replace(self.cursor, window=window))
        return False

    def _finish(self, window: Window) -> None:
        floor = max(self.cursor.floor, window.remember_from)
        moved = floor > self.cursor.floor
        self._save(replace(self.cursor, at=window.high, floor=floor, window=None))
        if moved:
            self.memory.forget_before(floor)

    def _save(self, cursor: Cursor) -> None:
        self.lease.save(cursor)
        self.cursor = cursor
