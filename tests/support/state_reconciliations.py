"""A history of reconciliations, for :mod:`.state_histories`."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.inline_executor import without_threads
from tests.support.poll_fakes import ACCOUNT, Faults, Listing
from tests.support.reconcile_fakes import ConsumedBus, Consumer, LivingRow, StatusClient, WaitingEvents
from tests.support.state_histories import History
from tests.support.world import TABLE
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.instants import iso_second
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.budget import LEASE_GRACE_SECONDS, QUIET_SECONDS, STATE_RESERVE_SECONDS
from twilio_connector.reconciling.reconciler import Reconciler
from twilio_connector.settings import ReconcileSettings
from twilio_connector.state.sent_messages import sent_message_key

OVERLAP = 30
DELIVERED = ("queued", "sent", "delivered")


@dataclass
class ReconcileHistory(History):
    """Runs of one cursor: messages of this stack and of others come to their end, and change once more.

    *failed* are the errors of runs, *skipped* those that found a lease held.
    """

    seconds = 300.0
    rows: list[LivingRow] = field(default_factory=list)
    consumer: Consumer = field(default_factory=Consumer)
    failed: list[ServiceUnavailableError] = field(default_factory=list)
    skipped: int = 0

    def play(self) -> None:
        """All of it or, once it has been through an outage, its end."""
        for step in (self._first_end, self._others_end, self._prices_come):
            step()
            if self.met and not self.plan:
                break
        self._others_end()
        self._prices_come()

    @property
    def counted(self) -> set[str]:
        """The messages whose end has been counted."""
        keys = [item["pk"]["S"] for item in self.dynamodb.items()]
        return {key.rpartition("#")[2] for key in keys if key.startswith("reconcile#outcome#")}

    @property
    def sent_here(self) -> set[str]:
        """Those that this stack sent."""
        return {row.sid for number, row in enumerate(self.rows) if number % 2 == 0}

    def _first_end(self) -> None:
        since = iso_second(int(self.clock.now) - 60)
        self._end(3)
        self.reconcile({"since": since})

    def _others_end(self) -> None:
        self.clock.now += 400
        self._end(2)
        self.reconcile()

    def _prices_come(self) -> None:
        """Which publishes a status once more, and counts none."""
        self.clock.now += 400
        for row in self.rows:
            row.updated = int(self.clock.now) - 5
        self.reconcile()

    def _end(self, number: int) -> None:
        """Let so many messages be delivered, every other one of which this stack sent."""
        now = int(self.clock.now)
        for _ in range(number):
            sid = f"SM{len(self.rows):032x}"
            self.rows.append(LivingRow(sid, now - 20, now - 20, now - 20.0, now - 10, course=DELIVERED, step=2))
            if sid in self.sent_here:
                self.dynamodb.put_item(TableName=TABLE, Item={**sent_message_key(ACCOUNT, sid), "callback": {"N": "1"}})

    def reconcile(self, event: dict[str, Any] | None = None) -> None:
        """Run once, and again at once where the table has made it fail."""
        client: Any = StatusClient(self.rows, self.clock, Faults(), Listing(undated_match=True))  # type: ignore[arg-type]  # rows of a list are rows
        bus: Any = ConsumedBus(self.consumer, Faults())
        waiting: Any = WaitingEvents()
        result: dict[str, Any] = {"skipped": False}
        with self.invocation(self.seconds, STATE_RESERVE_SECONDS) as (state, _):
            reconciler = Reconciler(
                lambda _: client,
                state,
                Outbox(Publisher(bus, "bus", retry_seconds=(), sleep=lambda _: None), waiting),
                ReconcileSettings(TABLE, OVERLAP),
                Deadline.after(self.seconds - QUIET_SECONDS, self.clock),
                self.seconds,
                self.clock,
            )
            try:
                with without_threads():
                    result = reconciler.reconcile(event or {})
            except ServiceUnavailableError as exc:
                self.failed.append(exc)
                result["skipped"] = True
            else:
                self.skipped += result["skipped"]
        if result["skipped"]:
            self.clock.now += self.seconds + LEASE_GRACE_SECONDS + 1
            self.reconcile(event)
