"""Rows of a page, as far as a poll looks at them."""

from twilio_connector.listing.rows import Row


def row(sid: str, sent: int | None, *, created: int | None = None, updated: str = "2026-03-15T14:32:10.000Z") -> Row:
    """A row; *sent* and *created* in seconds."""
    return Row({"sid": sid, "dateUpdated": updated}, sent, created)
