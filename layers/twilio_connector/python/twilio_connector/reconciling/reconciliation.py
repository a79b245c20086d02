"""One run begins a pass, or continues one, and publishes every status that is newer than the cursor.

A pass reads the whole look-back, because lists cannot be filtered by the date of update. The cursor moves when it is
done; ``docs/reconciliation.md`` says why no status is lost.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.undelivered import EventsNotKeptError
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.filters import Filters
from twilio_connector.listing.lease import Lease
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.listing.pages import REFUSALS, PageReader
from twilio_connector.listing.rows import rows_of
from twilio_connector.reconciling.budget import KEEP_SECONDS, MIN_PAGE_SECONDS, SAVE_PAGES
from twilio_connector.reconciling.outcomes import Outcomes
from twilio_connector.reconciling.passes import Cursor, Pass
from twilio_connector.reconciling.statuses import Status, opt_out_events, status_event, statuses_of
from twilio_connector.twilio.client import TwilioClient

# Later than all that is remembered: the memory of a cursor is small enough to be known at once.
LATEST_SECOND = 99_999_999_998


@dataclass
class ReconcileCounts:
    """What one run did: messages *listed*, statuses *published* and *suppressed* (published before), *events*."""

    listed: int = 0
    published: int = 0
    suppressed: int = 0
    events: int = 0
    truncated: bool = False


@dataclass
class Reconciliation:
    """One run of one cursor, whose lease is held.

    After *deadline* nothing is sent to the bus or its queue any more; *threads* make the bus's calls side by side.
    *clock* gives seconds since the epoch.
    """

    client: TwilioClient
    filters: Filters
    cursor: Cursor
    lease: Lease[Cursor]
    memory: PublishedMemory
    outbox: Outbox
    threads: Executor
    outcomes: Outcomes
    deadline: Deadline
    clock: Callable[[], float] = time.time
    counts: ReconcileCounts = field(default_factory=ReconcileCounts)

    def run(self, under_way: Pass) -> None:
        """Read what is left of the pass *under_way*, for as long as there is time."""
        self.memory.load(0, LATEST_SECOND)
        resumed, unsaved = True, 0
        with PageReader(self.client, self._uri, self.clock) as reader:
            while not under_way.is_done:
                resumed = resumed and under_way.uri is not None
                try:
                    page = reader.read(under_way)
                except REFUSALS:
                    # Lists that begin anew give new tokens. What cannot be divided does so but once.
                    if under_way.uri is None or (_is_indivisible(under_way) and not resumed):
                        raise
                    under_way = under_way.reread()
                    continue
                if not under_way.undated:
                    reader.begin_at(page.next_page_uri)
                rows = rows_of(page.messages)
                after = under_way.after(rows, page.next_page_uri, self.cursor.at)
                reader.begin(after)
                chosen = under_way.chosen(rows)
                self.counts.listed += len(chosen)
                fresh = self._fresh(statuses_of(chosen), under_way)
                if self._time_is_up() and (fresh or not after.is_done):
                    self._stop(after if not fresh else under_way)
                    return
                if fresh:
                    self._publish(fresh, under_way, datetime.fromtimestamp(reader.asked_at, UTC))
                under_way, unsaved = after, unsaved + 1
                if fresh or unsaved == SAVE_PAGES:
                    self._save(replace(self.cursor, under_way=after))
                    unsaved = 0
                    self.outcomes.count(fresh)
        self._finish(under_way)

    def _uri(self, under_way: Pass) -> str | None:
        """The next page of *under_way*."""
        if under_way.is_done:
            return None
        part = under_way.part
        of_list = self.filters.between(part.low, part.high) if part else self.filters.addresses
        return under_way.uri or self.client.list_uri(of_list)

    def _fresh(self, statuses: Sequence[Status], under_way: Pass) -> list[Status]:
        """Those of *statuses* that are newer than the cursor and have not been published since."""
        distinct = {status.id: status for status in statuses}.values()
        changed = [status for status in distinct if status.changed is None or status.changed >= self.cursor.at]
        fresh = [status for status in changed if status.id not in self.memory]
        self.counts.suppressed += len(changed) - len(fresh)
        # What has no date of update is met by every pass.
        self._remember([status for status in changed if status.changed is None and status not in fresh], under_way)
        return fresh

    def _publish(self, statuses: Sequence[Status], under_way: Pass, asked_at: datetime) -> None:
        """Publish *statuses*, and remember them. What the bus refuses waits in the undelivered queue.

        Raises :class:`ServiceUnavailableError` where that refuses, too; what was stored is then remembered.
        """
        connection = self.client.connection
        events = [status_event(connection, status, asked_at) for status in statuses]
        beside = opt_out_events(connection, statuses, asked_at)
        publish_by = self.deadline.later(-KEEP_SECONDS)
        try:
            self.outbox.store(events, beside=beside, publish_by=publish_by, keep_by=self.deadline, threads=self.threads)
        except EventsNotKeptError as exc:
            stored = [status for status, event in zip(statuses, events, strict=True) if event not in exc.events]
            self._remember(stored, under_way)
            raise ServiceUnavailableError(str(exc)) from exc
        self.counts.published += len(events)
        self.counts.events += len(events) + len(beside)
        self._remember(statuses, under_way)

    def _remember(self, statuses: Sequence[Status], under_way: Pass) -> None:
        """Remember *statuses* until no list can show them as new: till the pass is done or, in its overlap, the next.

        Each kind has a chunk of its own, so that the longer memory holds nothing else.
        """
        kept: list[tuple[str, int]] = []
        passing: list[tuple[str, int]] = []
        for status in statuses:
            second = under_way.began if status.changed is None else status.changed
            (kept if second >= under_way.next_at else passing).append((status.id, second))
        for chunk in (kept, passing):
            if chunk:
                newest = max(second for _, second in chunk)
                self.memory.know([id_ for id_, _ in chunk], ())
                self.memory.remember([id_ for id_, _ in chunk], newest, int(self.clock()))

    def _time_is_up(self) -> bool:
        return self.deadline.remaining() < MIN_PAGE_SECONDS

    def _stop(self, under_way: Pass) -> None:
        self.counts.truncated = True
        self._save(replace(self.cursor, under_way=under_way))

    def _finish(self, done: Pass) -> None:
        self._save(self.cursor.after(done))
        self.memory.forget_before(self.cursor.at)

    def _save(self, cursor: Cursor) -> None:
        self.lease.save(cursor)
        self.cursor = cursor


def _is_indivisible(under_way: Pass) -> bool:
    return under_way.part is None or under_way.part.is_second
