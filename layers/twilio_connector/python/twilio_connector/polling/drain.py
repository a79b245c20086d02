"""Polling: every message that was sent since the cursor is published, once, whatever happens in between.

Twilio lists newest first. So a window of seconds is drained page by page to its oldest message; after every page, what
was published is remembered, and how far the window is drained is saved; the cursor moves only when the window is
empty. ``docs/polling.md`` tells why nothing is lost.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.polling.budget import LOOK_BACK_SECONDS, MIN_PAGE_SECONDS
from twilio_connector.polling.cursor import Cursor, DrainedTo, Window
from twilio_connector.polling.inputs import Filters
from twilio_connector.polling.lease import Lease
from twilio_connector.polling.memory import PublishedMemory
from twilio_connector.polling.page_publisher import PagePublisher, PageRefusedError
from twilio_connector.polling.pages import window_pages
from twilio_connector.polling.rows import Row, rows_in_window, rows_of
from twilio_connector.settings import PollSettings
from twilio_connector.twilio.client import TwilioClient


@dataclass
class PollCounts:
    """What one poll did: messages *listed*, *published* and *suppressed* (published before), and *events*."""

    listed: int = 0
    published: int = 0
    suppressed: int = 0
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
    lease: Lease
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
            self._drain(Window(self.cursor.next_low(overlap), high, remember_from=high + 1 - overlap))

    def skip(self) -> None:
        """Move the cursor to the last complete second and publish nothing."""
        high = max(int(self.clock()) - 1, self.cursor.at)
        self._save(replace(self.cursor, at=high, floor=high + 1, window=None))

    def _drain(self, window: Window) -> bool:
        """Publish what is left of *window*; False if something still is when the poll has to stop."""
        window = replace(window, low=max(window.low, int(self.clock()) - LOOK_BACK_SECONDS))
        for uri, page in window_pages(self.client, self.filters, window, self._drained_to):
            rows = rows_of(page.messages)
            self.counts.listed += len(rows)
            fresh = self._fresh(rows_in_window(rows, window, int(self.clock())))
            room = self.settings.poll_max_messages - self.counts.published
            if fresh and (room <= 0 or self.deadline.remaining() < MIN_PAGE_SECONDS):
                return self._stop(window)
            done = rows if len(fresh) <= room else rows[: rows.index(fresh[room])]
            drained_to = _drained_after(done, window, page.next_page_uri if done is rows else uri)
            window = replace(window, drained_to=drained_to)
            if fresh:
                self._publish(fresh[:room], window, drained_to)
            if done is not rows or (page.next_page_uri and self.deadline.remaining() < MIN_PAGE_SECONDS):
                return self._stop(window)
        self._finish(window)
        return True

    def _fresh(self, rows: Sequence[Row]) -> list[Row]:
        """Those of *rows* that have not been published."""
        sent = [row.sent for row in rows if row.sent is not None]
        if sent:
            self.memory.load(min(sent))
        fresh = [row for row in rows if row.sent is None or row.sid not in self.memory]
        doubtful = [row.sid for row in fresh if row.sent is None or self._may_have_been_undated(row)]
        known = self.memory.undated(doubtful) if doubtful else set()
        fresh = [row for row in fresh if row.sid not in known]
        self.counts.suppressed += len(rows) - len(fresh)
        return fresh

    def _may_have_been_undated(self, row: Row) -> bool:
        """Whether an earlier poll can have seen the row without its date."""
        return row.created is None or row.created <= self.cursor.newest_undated

    def _publish(self, rows: Sequence[Row], window: Window, drained_to: DrainedTo) -> None:
        """Publish *rows*, remember them, then save *window*, drained as far as *drained_to* by then."""
        self._note_undated(rows)
        try:
            self.counts.events += self.publisher.publish([row.message for row in rows])
        except PageRefusedError as exc:
            self._remember([row for row in rows if row.sid in exc.published])
            self._save(self.cursor)
            raise ServiceUnavailableError(str(exc)) from exc
        # Only what a later look can meet again: the overlap of the next poll, and the second at which this one stands.
        remember_from = window.remember_from
        again = [row for row in rows if row.sent is None or row.sent >= remember_from or row.sent == drained_to.second]
        self._remember(again)
        self.counts.published += len(rows)
        self._save(replace(self.cursor, window=window))

    def _note_undated(self, rows: Sequence[Row]) -> None:
        """Save how new the undated of *rows* are, without which nobody would look them up once they are dated."""
        now = int(self.clock())
        newest = max((row.created or now for row in rows if row.sent is None), default=0)
        if newest > self.cursor.newest_undated:
            self._save(replace(self.cursor, newest_undated=newest))

    def _remember(self, rows: Sequence[Row]) -> None:
        now = int(self.clock())
        undated = {row.sid: row.undated_until(now) for row in rows if row.sent is None}
        if undated:
            self.memory.remember_undated(undated)
        dated = [row.sid for row in rows if row.sent is not None]
        newest = max((row.sent for row in rows if row.sent is not None), default=0)
        self.memory.remember(dated, newest, now)

    def _drained_to(self) -> DrainedTo | None:
        """How far the window that is being drained is, according to the cursor that was saved last."""
        return self.cursor.window.drained_to if self.cursor.window else None

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


def _drained_after(rows: Sequence[Row], window: Window, uri: str | None) -> DrainedTo:
    """How far *window* is drained when *rows* are done and the page *uri* comes next."""
    high = window.drained_to.second if window.drained_to else window.high
    seconds = [row.sent for row in rows if row.sent is not None and window.low <= row.sent <= high]
    return DrainedTo(min(seconds, default=high), uri)
