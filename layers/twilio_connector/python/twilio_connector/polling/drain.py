"""Polling: every message that was sent since the cursor is published, once, whatever happens in between.

A window of seconds is read page by page, in whatever order Twilio lists; after every page, what was published is
remembered, and how far the window is read is saved (:mod:`.flights`); the cursor moves only when nothing of the window
is left to read.
``docs/polling.md`` says why nothing is lost.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.budget import MIN_PAGE_SECONDS
from twilio_connector.listing.lease import Lease
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.listing.pages import REFUSALS, PageReader
from twilio_connector.listing.rows import Row, rows_between, rows_of
from twilio_connector.polling.budget import LOOK_BACK_SECONDS
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.flights import Flight, Flights
from twilio_connector.polling.page_publisher import Packed, PagePublisher
from twilio_connector.polling.window import Window
from twilio_connector.settings import PollSettings


@dataclass
class PollCounts:
    """What one poll did: messages *listed*, *published* and *suppressed* (published before), and *events*.

    *out_of_order* are those published that were not where Twilio's documented order would put them.
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

    *reader* and *flights* are open. After *deadline* nothing more is published. *clock* gives seconds since the epoch.
    *cursor* is as it is, or will be once the last of the *flights* has landed.
    """

    reader: PageReader[Window]
    flights: Flights
    cursor: Cursor
    lease: Lease[Cursor]
    memory: PublishedMemory
    publisher: PagePublisher
    settings: PollSettings
    deadline: Deadline
    clock: Callable[[], float] = time.time
    counts: PollCounts = field(default_factory=PollCounts)

    def run(self, newest: int) -> None:
        """Drain the window up to the second *newest*; where an earlier poll left one, that, then the one up to now."""
        high = newest
        if resumed := self.cursor.window:
            if not self._drain(resumed):
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
        while window.parts:
            resumed = resumed and window.reading.uri is not None
            try:
                # How far a list is followed a second time, its rows decide.
                page = self.reader.read(window, ahead=window.reading.before is None)
            except REFUSALS:
                # Lists that begin anew give new tokens. Of a single second there is no shorter one.
                if window.reading.uri is None or (window.parts[0].is_second and not resumed):
                    raise
                window = window.reread()
                continue
            rows = rows_of(page.messages)
            after = window.after(rows, page.next_page_uri)
            self.reader.begin(after)
            # What is worked on is the rows; and while the next page is awaited, they are not needed any more.
            del page
            window, done = self._take_page(rows, window, after)
            del rows
            if not done or (window.parts and self.deadline.remaining() < MIN_PAGE_SECONDS):
                return self._stop(window)
        self._finish(window)
        return True

    def _take_page(self, rows: Sequence[Row], window: Window, after: Window) -> tuple[Window, bool]:
        """Publish those *rows* of a page of *window* that are fresh, which makes it *after*.

        Returns the window as it is then, and False if something fresh had to be left.
        """
        part = window.parts[0]
        self.counts.listed += len(rows)
        fresh = self._fresh(rows_between(rows, part.low, part.high, int(self.clock())), window, after)
        room = self.settings.poll_max_messages - self.counts.published
        if not fresh:
            return after, True
        # A page of which something is left is read again: what was published of it is remembered.
        chosen, done = fresh[:room], len(fresh) <= room
        packed = self.publisher.pack([row.message for row in chosen])
        # What is left of the time is known when the page before has landed.
        self.flights.land()
        if not chosen or self.deadline.remaining() < MIN_PAGE_SECONDS:
            return window, False
        reached = self._publish(chosen, packed, window, after if done else window)
        self.counts.out_of_order += window.reading.out_of_order(chosen, rows)
        return reached, done

    def _fresh(self, rows: Sequence[Row], window: Window, after: Window) -> list[Row]:
        """Those of *rows*, a page of *window*, that have not been published; *after* it is the window without them."""
        sent = [row.sent for row in rows if row.sent is not None]
        if sent:
            # One look-up for all pages, where others follow.
            self._load(min(sent), max(sent), window, ahead=after.reading.uri is not None)
        fresh = [row for row in rows if row.sent is None or row.sid not in self.memory]
        doubtful = [row.sid for row in fresh if row.sent is None or self._may_have_been_undated(row)]
        known = self.memory.undated(doubtful) if doubtful else set()
        fresh = [row for row in fresh if row.sid not in known]
        self.counts.suppressed += len(rows) - len(fresh)
        return fresh

    def _load(self, oldest: int, newest: int, window: Window, *, ahead: bool) -> None:
        """Load what is remembered of the seconds from *oldest* to *newest*, those of a page, or *ahead* of it, too.

        A chunk is stored under its newest second. One that was written for this window reaches no more than its span
        below that; those of earlier windows are below the cursor.
        """
        if ahead and window.reading.uri is None:
            newest = max(newest, window.parts[0].high)
        highest = max(min(newest + window.span, window.high), self.cursor.at)
        self.memory.load(oldest, highest, window.low if ahead else None)

    def _may_have_been_undated(self, row: Row) -> bool:
        """Whether an earlier poll can have seen the row without its date."""
        return row.created is None or row.created <= self.cursor.newest_undated

    def _publish(self, rows: Sequence[Row], packed: Packed, window: Window, after: Window) -> Window:
        """Let *rows* of *window*, which are *packed*, be published, remembered, and passed by the window *after* them.

        Returns that window as it will be saved.
        """
        now, before = int(self.clock()), self._noting_undated(rows)
        sent = {row.sid: row.sent for row in rows if row.sent is not None}
        undated = {row.sid: row.undated_until(now) for row in rows if row.sent is None}
        # The next page may list them again before they are remembered.
        self.memory.know(sent, undated)
        after = after.remembering(sent.values())
        flight = Flight(
            packed=packed,
            sent=sent,
            undated=undated,
            now=now,
            before=None if before == self.cursor else before,
            refused=lambda took: replace(before, window=window.remembering(took.values())),
            after=replace(before, window=after),
        )
        self.flights.begin(partial(flight.run, self.publisher, self.memory, self.lease))
        self.cursor = flight.after
        self.counts.events += len(packed)
        self.counts.published += len(rows)
        return after

    def _noting_undated(self, rows: Sequence[Row]) -> Cursor:
        """The cursor that knows how new the undated of *rows* are.

        It is saved before they are published, so that they are looked up once they are dated.
        """
        now = int(self.clock())
        newest = max((row.created or now for row in rows if row.sent is None), default=0)
        return replace(self.cursor, newest_undated=max(newest, self.cursor.newest_undated))

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
        self.flights.land()
        self.lease.save(cursor)
        self.cursor = cursor
