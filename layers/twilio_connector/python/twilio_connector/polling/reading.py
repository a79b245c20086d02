"""Reading a list from its top to its end, and its top again until nothing has moved meanwhile: pure decisions.

Pages follow each other by tokens that say after which message the next page begins. So a reading meets every message
that is listed when it begins, whatever the order of the list, unless one moves from a page not yet read to the top:
as it would in a list by date of update. That is why a list of several pages is read again from its top, down to a page
with a message that has not moved: all that have moved are above it. When that is the first page, nothing can have
moved in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio_connector.listing.rows import Row, misplaced


@dataclass(frozen=True)
class Top:
    """The first page of a list as a reading met it: the *sid* of its first message, the latest *updated* of all."""

    sid: str
    updated: str

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Top | None":
        """The top of a list whose first page has these *rows*; None if it has none."""
        return cls(rows[0].sid, max(row.updated for row in rows)) if rows else None

    def shows_at_rest(self, row: Row) -> bool:
        """Whether *row*, met later, has not moved since this was the top: every change moves the date of update.

        Dates have seconds. Messages updated in the latest second may have been updated just after this was read; the
        first message is trusted, or the reading of a burst in one second would never end.
        """
        return row.updated < self.updated or (row.sid == self.sid and row.updated == self.updated)


@dataclass(frozen=True)
class Reading:
    """How far a list is read.

    *uri* is the next page, None for the first. *lowest* is the earliest second met so far; *ordered* is whether every
    message came after all that were sent later. *top* is what this reading met first. A reading that looks for what has
    moved since the one before has the top which that one met, in *before*.
    """

    uri: str | None = None
    lowest: int | None = None
    ordered: bool = True
    top: Top | None = None
    before: Top | None = None

    def after(self, rows: Sequence[Row], following: str | None) -> "Reading | None":
        """The reading when the page with *rows* is done and *following* is the next; None if the list is done."""
        first = self.uri is None
        top = Top.of(rows) if first else self.top
        if following and not (self.before and any(map(self.before.shows_at_rest, rows))):
            seconds = [row.sent for row in rows if row.sent is not None]
            return Reading(
                uri=following,
                lowest=min(seconds if self.lowest is None else [*seconds, self.lowest], default=None),
                ordered=self.ordered and not misplaced(rows, self.lowest),
                top=top,
                before=self.before,
            )
        # One page shows a list as it is at one moment. One without a top was begun by a version that kept none.
        return None if first or top is None else Reading(before=top)

    def out_of_order(self, fresh: Sequence[Row], rows: Sequence[Row]) -> int:
        """How many of the *fresh* ones among the *rows* of its next page does Twilio's documented order not explain.

        Those are the rows that a poll would miss that took everything above the place it has come to for done.
        """
        strays = misplaced(rows, self.lowest)
        # What has moved to the top is not misplaced itself, but all that is below it is.
        return sum(row.sent is not None and (row.sid in strays or self.before is not None) for row in fresh if strays)
