"""Twilio: an account whose messages live, are listed as Twilio may list them, and call back."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tests.simulation.messages import SimulatedRow
from tests.simulation.surroundings import Invocation, Surroundings
from tests.support.poll_fakes import DAY, ORDERS, PAGE_SIZE, Listing, Place
from tests.support.reconcile_fakes import COURSES, DATED
from twilio_connector.twilio.api import Parameters

TEMPLATE_TEXT = "The template's text"


@dataclass
class Request:
    """A request to create a message, once its bytes had left: under which *mark*, and whether it was *answered*."""

    when: float
    by: Invocation
    mark: str
    doubtful: bool
    accepted: bool


@dataclass
class Account:
    """The account's messages. *tell* is called with a message that has something to report to its webhook."""

    around: Surroundings
    listing: Listing
    overlap: float
    hold: float
    tell: Callable[[SimulatedRow], None] = lambda _: None
    rows: list[SimulatedRow] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    _moves: int = 0
    _last_move: int = 0

    def add(self, course: tuple[str, ...], to: str, body: str, most_lag: float, **more: Any) -> SimulatedRow:
        """Let a message come into being, which is listed after up to *most_lag* seconds."""
        dice, now = self.around.dice, self.around.now
        second = int(now)
        lag = dice.choice([0.0, 0.0, 0.0, 1.0, dice.uniform(0, most_lag)])
        row = SimulatedRow(
            sid="SM" + hashlib.sha256(str(len(self.rows)).encode()).hexdigest()[:32],
            created=second,
            sent=second if course[0] == "received" else None,
            listed_at=now + lag,
            updated=second,
            moves=self._moved(),
            course=course,
            to=to,
            body=body,
            made=now,
            changed=now,
            **more,
        )
        faults = self.around.record.faults
        if lag > 1:
            faults["twilio", "row late"] += 1
        if row.sent is None:
            faults["twilio", "row undated"] += 1
        if dice.random() < 0.1:
            faults["twilio", "row hidden"] += 1
            row.hidden = row.listed_at + dice.uniform(0, most_lag)
            row.shown = min(row.hidden + dice.uniform(0, most_lag), now + most_lag)
        self.rows.append(row)
        self.around.note(
            "twilio", f"{row.sid[:8]} is {row.status}", answer=f"listed in {row.surely_listed - now:.0f} s"
        )
        if row.callback_url or not row.is_outbound:
            self.tell(row)
        self._plan(row)
        return row

    def touch(self, row: SimulatedRow) -> None:
        """Let something else than the status of *row* change: a price."""
        self._change(row, self._touched)

    def vanish(self, row: SimulatedRow) -> None:
        """Let *row* be deleted by its owner."""
        row.gone = True
        self.around.record.faults["twilio", "row vanished"] += 1
        self.around.note("twilio", f"{row.sid[:8]} is gone")

    def accept(self, parameters: Parameters, by: Invocation) -> SimulatedRow:
        """Make the message that a request asks for."""
        values = dict(parameters)
        course = self.around.dice.choice(COURSES[:3])
        return self.add(
            tuple(course),
            values["To"],
            values.get("Body", TEMPLATE_TEXT),
            self.hold - 60 if self.around.dice.random() < 0.2 else self.overlap - 10,
            mark=values.get("ValidityPeriod", ""),
            maker=by,
            callback_url=values.get("StatusCallback", ""),
        )

    def page(self, query: dict[str, str], after: str | None) -> tuple[list[SimulatedRow], str | None]:
        """The rows of a page after a place, and the place of the last one if there are more."""
        placed = self._placed(query, after)
        page = placed[:PAGE_SIZE]
        token = "{}:{}".format(*page[-1][0]) if len(placed) > PAGE_SIZE else None
        return [row for _, row in page], token

    def find(self, sid: str) -> SimulatedRow | None:
        """The message *sid*."""
        return next((row for row in self.rows if row.sid == sid and not row.gone), None)

    def _placed(self, query: dict[str, str], after: str | None) -> list[tuple[Place, SimulatedRow]]:
        number, _, rest = (after or "").partition(":")
        begin = (int(number), rest) if after else (-(10**12), "")
        now, place_of, dated = self.around.now, ORDERS[self.listing.order], "DateSent>" in query
        low, high = (_second(query["DateSent>"]), _second(query["DateSent<"])) if dated else (0, 10**12)
        if self.listing.by_day and dated:
            low, high = low - low % DAY, high - high % DAY + DAY - 1
        to = query.get("To")
        placed = [
            (place, row)
            for row in self.rows
            if row.is_shown(now)
            and (to is None or (row.to == to and row.is_outbound))
            and ((self.listing.undated_match or not dated) if row.sent is None else low <= row.sent <= high)
            and (place := place_of(row)) > begin
        ]
        return sorted(placed, key=lambda each: each[0])

    def _plan(self, row: SimulatedRow) -> None:
        """Let *row* come to its next status, soon or late."""
        if row.step + 1 < len(row.course):
            dice = self.around.dice
            self.around.scheduler.after(
                dice.choice([dice.uniform(0, 3), dice.uniform(0, 60), dice.uniform(0, 900)]),
                lambda: self._change(row, self._advanced),
            )

    def _change(self, row: SimulatedRow, how: Callable[[SimulatedRow], None]) -> None:
        """Change *row*. Dates have seconds: what changes twice within one looks unchanged. That is left out."""
        if self._last_move == int(self.around.now):
            self.around.scheduler.after(1.0, lambda: self._change(row, how))
            return
        row.updated, row.moves = int(self.around.now), self._moved()
        how(row)

    def _advanced(self, row: SimulatedRow) -> None:
        row.step += 1
        row.changed = self.around.now
        row.sent = row.sent or (int(self.around.now) if row.status in DATED else None)
        self.around.note("twilio", f"{row.sid[:8]} is {row.status}")
        if row.callback_url:
            self.tell(row)
        self._plan(row)

    def _touched(self, row: SimulatedRow) -> None:
        row.touches += 1
        self.around.note("twilio", f"{row.sid[:8]} changes in something else")

    def _moved(self) -> int:
        self._last_move = int(self.around.now)
        self._moves += 1
        return self._moves


@lru_cache
def _second(iso: str) -> int:
    return int(datetime.fromisoformat(iso).astimezone(UTC).timestamp())
