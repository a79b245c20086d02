"""What the model of reconciliation looks at: a cursor, messages that live, callbacks that get lost, a consumer."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import note

from tests.support.fakes import FakeClock
from tests.support.inline_executor import without_threads
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.poll_fakes import Faults, FaultyDynamoDB, Killed, Listing
from tests.support.reconcile_fakes import (
    COURSES,
    DATED,
    ConsumedBus,
    Consumer,
    LivingRow,
    StatusClient,
    WaitingEvents,
    callback_detail,
)
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError, TwilioUnavailableError
from twilio_connector.instants import format_instant
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import metrics
from twilio_connector.reconciling.reconciler import Reconciler
from twilio_connector.settings import ReconcileSettings
from twilio_connector.state.table import StateTable

OVERLAP = 30
START = 1_800_000_000
RUN_SECONDS = 300.0
TABLE = "state"
CURSOR = {"pk": {"S": "reconcile#default##"}, "sk": {"S": "cursor"}}


class ReconcileWorld:
    """A cursor that is moved, at a clock that only the histories move."""

    def __init__(self) -> None:
        self.dynamodb = MemoryDynamoDB(page_items=3)
        self.clock = FakeClock(float(START))
        self.listing = Listing()
        self.rows: list[LivingRow] = []
        self.consumer = Consumer()
        self.waiting = WaitingEvents()
        self.late_callbacks: list[dict[str, Any]] = []
        # Changes without a new status, and pages that a run may have published and not remembered.
        self.touches = 0
        self.crashes = 0
        self._moves = 0

    @property
    def now(self) -> int:
        """The current second."""
        return int(self.clock.now)

    def add(self, course: int, to: str, lag: int = 0) -> None:
        """Let a message be created, listed so many seconds later."""
        sid = "SM" + hashlib.sha256(str(len(self.rows)).encode()).hexdigest()[:32]
        steps = COURSES[course] if course < len(COURSES) else ("received",)
        row = LivingRow(
            sid,
            created=self.now,
            sent=self.now if steps[0] == "received" else None,
            listed_at=self.now + lag,
            updated=self.now,
            moves=self._next_move(),
            course=steps,
            to=to,
        )
        self.rows.append(row)

    def advance(self, rows: Sequence[LivingRow], lost: Sequence[bool], doubled: bool) -> None:
        """Let *rows* come to their next status, each with a callback that is *lost* or waits to arrive."""
        self.clock.now += 0.002
        for number, row in enumerate(rows):
            if row.step + 1 == len(row.course):
                continue
            row.step += 1
            row.sent = row.sent or (self.now if row.status in DATED else None)
            row.updated, row.moves = self.now, self._next_move()
            if not lost[number % len(lost)]:
                at = format_instant(datetime.fromtimestamp(self.clock.now, UTC))
                self.late_callbacks += [callback_detail(row, at)] * (2 if doubled else 1)

    def touch(self, rows: Sequence[LivingRow]) -> None:
        """Let *rows* change in something else: a price, a redaction."""
        for row in rows:
            row.updated, row.moves = self.now, self._next_move()
            self.touches += 1

    def arrive(self, order: Sequence[int]) -> None:
        """Let callbacks arrive in an *order* of their own. They are received when they arrive."""
        for place in order:
            if self.late_callbacks:
                detail = self.late_callbacks.pop(place % len(self.late_callbacks))
                self.clock.now += 0.001
                at = format_instant(datetime.fromtimestamp(self.clock.now, UTC))
                self.consumer.take("Message Status Updated", {**detail, "receivedAt": at})

    def redeliver(self) -> None:
        """Let arrive what the bus had refused."""
        bus: Any = ConsumedBus(self.consumer, Faults())
        Publisher(bus, "bus").publish(self.waiting.events)
        self.waiting.events.clear()

    def reconcile(self, faults: Faults, taken: Sequence[int] = (), event: object = None) -> dict[str, Any]:
        """Run once; what a run that failed returns says that it skipped."""
        try:
            with without_threads():
                return self.reconciler(faults, taken).reconcile(event or {})
        except (TwilioUnavailableError, TwilioRejectedError) as exc:
            note(f"run failed: {exc}")
        except (ServiceUnavailableError, Killed) as exc:
            note(f"run ended by {exc!r}")
            self.crashes += 1
        finally:
            metrics.clear_metrics()
        return {"skipped": True, "truncated": False}

    def complete_pass(self) -> None:
        """Let a pass begin and be done."""
        self.listing, refusing = replace(self.listing, refuses_tokens=False), self.listing
        self.clock.now += RUN_SECONDS + 60
        while self.under_way():
            self.reconcile(Faults())
        self.clock.now += 1
        while self.reconcile(Faults())["truncated"]:
            pass
        assert not self.under_way()
        self.listing = refusing

    def reconciler(self, faults: Faults, taken: Sequence[int] = ()) -> Reconciler:
        """A run that meets *faults*, on a bus that takes no more than *taken*."""
        client: Any = StatusClient(self.rows, self.clock, faults, self.listing)  # type: ignore[arg-type]  # rows of a list are rows
        dynamodb: Any = FaultyDynamoDB(self.dynamodb, faults)
        bus: Any = ConsumedBus(self.consumer, faults, list(taken))
        waiting: Any = self.waiting
        queue: UndeliveredQueue = waiting
        return Reconciler(
            lambda _: client,
            StateTable(dynamodb, TABLE, Deadline.after(RUN_SECONDS, self.clock), self.clock.sleep),
            Outbox(Publisher(bus, "bus", retry_seconds=(), sleep=lambda _: None), queue),
            ReconcileSettings(TABLE, OVERLAP),
            Deadline.after(RUN_SECONDS - 10, self.clock),
            RUN_SECONDS,
            self.clock,
        )

    def cursor(self) -> dict[str, Any]:
        """The cursor's item."""
        found: dict[str, Any] = self.dynamodb.get_item(TableName=TABLE, Key=CURSOR, ConsistentRead=True).get("Item", {})
        return found

    def under_way(self) -> bool:
        """Whether a pass is not done."""
        return "pass" in self.cursor()

    def unpublished(self) -> list[str]:
        """The last statuses of outbound messages that were not published."""
        return [
            f"{row.sid}:{row.status}"
            for row in self.rows
            if row.is_outbound and not self.consumer.told[f"{row.sid}:{row.status}"]
        ]

    def mistaken(self) -> list[str]:
        """Messages of which the consumer believes another status than they have."""
        believed = self.consumer.statuses
        return [row.sid for row in self.rows if row.is_outbound and believed[row.sid][2] != row.status]

    def repeated(self) -> int:
        """How many statuses reconciliations have published more than once."""
        return sum(times - 1 for times in self.consumer.reconciled.values())

    def remembered(self) -> list[int]:
        """The newest second of each chunk that is remembered."""
        return [int(item["sk"]["S"].split("#")[1]) for item in self.dynamodb.items() if "sids" in item]

    def _next_move(self) -> int:
        self._moves += 1
        return self._moves
