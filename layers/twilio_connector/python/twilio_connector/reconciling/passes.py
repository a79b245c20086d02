"""A pass through the look-back, how far it has come, and the cursor that it moves: pure values.

A pass need not meet a message that changes while it reads: the next pass looks for changes since this one began.
A message that does not change does not move in the list, whatever its order, and pages follow each other by tokens
that say after which message the next one begins. So every list is read once, from its top to its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from twilio_connector.listing.parts import MAX_PARTS, Part, divided, no_more_than
from twilio_connector.listing.rows import Row, misplaced, rows_between
from twilio_connector.reconciling.budget import WAITING_SECONDS


@dataclass(frozen=True)
class Pass:
    """What of a pass is left: it looks for statuses of the messages that were sent from *low* until it *began*.

    *next_at* is the cursor once it is done. *undated* is whether the list of all times is still to be
    read, for messages without a date; *parts* are still to be read of the list by date. *uri* is the next page, None
    for the first, of the former or else of the first of the latter; *lowest* and *ordered* say how far down that was
    read, and whether in Twilio's documented order. All are seconds since the epoch.
    """

    low: int
    began: int
    next_at: int
    undated: bool
    parts: tuple[Part, ...]
    uri: str | None = None
    lowest: int | None = None
    ordered: bool = True

    @classmethod
    def beginning(cls, now: int, look_back_seconds: int, overlap: int) -> "Pass":
        """A pass that begins in the second *now*."""
        low = now - look_back_seconds
        return cls(low=low, began=now, next_at=now - overlap, undated=True, parts=(Part(low, now),))

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to be read."""
        return not self.undated and not self.parts

    @property
    def part(self) -> Part | None:
        """The seconds that the list is of; None for that of all times."""
        return None if self.undated else self.parts[0]

    def is_out_of_reach(self, now: int) -> bool:
        """Whether all of its look-back lies before what one of the same length would look at in the second *now*."""
        return self.began < now - (self.began - self.low)

    def looks_back(self, seconds: int) -> bool:
        """Whether it looks for messages of so many seconds before it began."""
        return self.began - self.low >= seconds

    def chosen(self, rows: Sequence[Row]) -> list[Row]:
        """Those of the *rows* of its next page that the list is read for."""
        part = self.part
        if part is None:
            return [row for row in rows if row.sent is None]
        return rows_between(rows, part.low, part.high, self.began)

    def after(self, rows: Sequence[Row], following: str | None, changed_from: int) -> "Pass":
        """The pass when the page with *rows* is done, which *following* follows.

        The list of all times is read no further than to a page that has neither a message without a date nor one of the
        look-back that may have failed since *changed_from* unsent: it has waited for WAITING_SECONDS at most.
        """
        if self.undated:
            earliest = max(changed_from - WAITING_SECONDS, self.low)
            goes_on = any(row.sent is None or (row.created or 0) >= earliest for row in rows)
            return self._at(following) if following and goes_on else replace(self._at(None), undated=False)
        if not following:
            return replace(self._at(None), parts=self.parts[1:])
        seconds = [row.sent for row in rows if row.sent is not None]
        return replace(
            self,
            uri=following,
            lowest=min(seconds if self.lowest is None else [*seconds, self.lowest], default=None),
            ordered=self.ordered and not misplaced(rows, self.lowest),
        )

    def reread(self) -> "Pass":
        """The pass when Twilio refuses its next page: lists begin anew and, if they can, are shorter."""
        if self.undated:
            return self._at(None)
        halves = divided(self.parts[0], self.lowest if self.ordered else None)
        return replace(self._at(None), parts=no_more_than(MAX_PARTS, (*halves, *self.parts[1:])))

    def _at(self, uri: str | None) -> "Pass":
        return replace(self, uri=uri, lowest=None, ordered=True)


@dataclass(frozen=True)
class Cursor:
    """All statuses up to the second *at* since the epoch are published; *under_way* is a pass that is not done."""

    at: int
    under_way: Pass | None = None

    def after(self, done: Pass) -> "Cursor":
        """The cursor when the pass *done* is; it never goes back."""
        return Cursor(max(self.at, done.next_at))
