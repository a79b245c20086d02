"""A history of polls, for :mod:`.state_histories`."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.support.inline_executor import without_threads
from tests.support.poll_fakes import Faults, KillableBus, Listing, ListingClient, Row
from tests.support.state_histories import History
from tests.support.world import TABLE
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.budget import LEASE_GRACE_SECONDS, QUIET_SECONDS, STATE_RESERVE_SECONDS
from twilio_connector.polling.poller import Poller
from twilio_connector.settings import PollSettings

OVERLAP, MAX_MESSAGES = 30, 12
NOWHERE: Any = None


@dataclass
class PollHistory(History):
    """Polls of one cursor: backfill, a truncated poll, late dates, what is forgotten, skipped, refused by the bus.

    *failed* are the errors of polls, *repeatable* how many messages those had published, *skipped* polls that found a
    lease held.
    """

    seconds = 300.0
    rows: list[Row] = field(default_factory=list)
    published: Counter[str] = field(default_factory=Counter)
    failed: list[ServiceUnavailableError] = field(default_factory=list)
    repeatable: int = 0
    skipped: int = 0

    def play(self) -> None:
        """All of it or, once it has been through an outage, its end."""
        for step in (self.poll, self._many_are_sent, self._undated_are_sent, self._much_later, self._skip):
            step()
            if self.met and not self.plan:
                break
        self._undated_are_sent()
        self._much_later()

    def _many_are_sent(self) -> None:
        self.clock.now += OVERLAP
        newest = int(self.clock.now) - 1
        self.add(*(newest - number // 3 for number in range(12)), None)
        self.poll_until_done()

    def _undated_are_sent(self) -> None:
        self.clock.now += 10
        for row in self.rows:
            row.sent = row.sent or int(self.clock.now)
        self.add(*(int(self.clock.now) - 1 for _ in range(4)), None)
        self.poll_until_done(taken=[1])

    def _much_later(self) -> None:
        self.clock.now += 400
        self.add(int(self.clock.now) - 5)
        self.poll_until_done()

    def _skip(self) -> None:
        self.clock.now += 2
        self.poll({"showNewRecords": False})

    def add(self, *sent: int | None) -> None:
        """Let messages be listed that were sent at these seconds, or not yet."""
        for second in sent:
            sid = f"SM{len(self.rows) + 1:032x}"
            now = int(self.clock.now)
            self.rows.append(Row(sid, second or now, second, self.clock.now, updated=now))

    def poll_until_done(self, taken: list[int] | None = None) -> None:
        """Poll until nothing is left, the bus taking as many entries as *taken* says of the first calls."""
        while self.poll(taken=taken)["truncated"]:
            taken = None

    def poll(self, event: dict[str, Any] | None = None, taken: list[int] | None = None) -> dict[str, Any]:
        """Poll once, and again at once where the table, or the bus, has made it fail."""
        faults = Faults()
        client: Any = ListingClient(self.rows, self.clock, faults, Listing(undated_match=True))
        bus: Any = KillableBus(self.published, faults, taken or [])
        before = sum(self.published.values())
        with self.invocation(self.seconds, STATE_RESERVE_SECONDS) as (state, met):
            poller = Poller(
                lambda _: client,
                state,
                Outbox(Publisher(bus, "bus", retry_seconds=(), sleep=lambda _: None), UndeliveredQueue(NOWHERE, "")),
                PollSettings(TABLE, OVERLAP, MAX_MESSAGES, 2),
                Deadline.after(self.seconds - QUIET_SECONDS, self.clock),
                self.seconds,
                self.clock,
            )
            result, error = None, None
            try:
                with without_threads():
                    result = poller.poll(event or {})
            except ServiceUnavailableError as exc:
                error = exc
        if result and not result["skipped"]:
            return result
        if error and met():
            self.failed.append(error)
            self.repeatable += sum(self.published.values()) - before
        if result:
            self.skipped += 1
            self.clock.now += self.seconds + LEASE_GRACE_SECONDS + 1
        return self.poll(event)
