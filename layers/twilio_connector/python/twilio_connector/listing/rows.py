"""The messages of a page: which of them a poll publishes, and whether they come in Twilio's order. Pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from twilio_connector.errors import TwilioResponseError
from twilio_connector.instants import second_of
from twilio_connector.listing.budget import UNDATED_MEMORY_SECONDS, UNDATED_SECONDS
from twilio_connector.twilio.message import Message, to_message


@dataclass(frozen=True)
class Row:
    """A message of a page. *sent* and *created* are seconds since the epoch, None where Twilio gave no date."""

    message: Message = field(repr=False)
    sent: int | None
    created: int | None

    @property
    def sid(self) -> str:
        """The message's SID."""
        return str(self.message["sid"])

    @property
    def updated(self) -> str:
        """When Twilio last changed the message, in ISO 8601, so that later is greater; empty where it gave no date."""
        return self.message["dateUpdated"] or ""

    def undated_until(self, now: int) -> int:
        """The second from which on an undated row need not be remembered."""
        return (self.created or now) + UNDATED_MEMORY_SECONDS


def rows_of(page: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows of a page as Twilio sends it. Raises :class:`TwilioResponseError` for one without a SID."""
    messages = [to_message(resource) for resource in page]
    if not all(isinstance(message["sid"], str) and message["sid"] for message in messages):
        raise TwilioResponseError("Twilio listed a message without a SID.")
    return [Row(message, second_of(message["dateSent"]), second_of(message["dateCreated"])) for message in messages]


def rows_between(rows: Sequence[Row], low: int, high: int, now: int) -> list[Row]:
    """The distinct ones of *rows* that were sent in the seconds from *low* to *high*, and those that await their date.

    Twilio's documentation promises to compare no more than the day, and leaves open whether undated rows match a
    filter.
    """
    distinct = {row.sid: row for row in rows}
    return [
        row
        for row in distinct.values()
        if (_awaits_its_date(row, now) if row.sent is None else low <= row.sent <= high)
    ]


def misplaced(rows: Sequence[Row], lowest: int | None) -> set[str]:
    """The SIDs of those *rows* that were sent later than one listed before them.

    *lowest* is the earliest second of the pages before, None if there are none. Twilio documents that it lists by date
    sent, newest first; undated rows have no place in that order.
    """
    found = set()
    for row in rows:
        if row.sent is None:
            continue
        if lowest is not None and row.sent > lowest:
            found.add(row.sid)
        else:
            lowest = row.sent
    return found


def _awaits_its_date(row: Row, now: int) -> bool:
    return row.created is None or row.created >= now - UNDATED_SECONDS
