"""Instants as text: as events and messages show them, and as Twilio's filters take them."""

from datetime import UTC, datetime
from functools import lru_cache


def format_instant(instant: datetime) -> str:
    """An aware datetime as ``2026-03-15T14:32:10.000Z``: UTC, with milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_second(second: int) -> str:
    """Seconds since the epoch as ``2026-03-15T14:32:10Z``, which is how Twilio's filters take them."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# Messages that are listed together share many dates.
@lru_cache(maxsize=1024)
def second_of(iso: str | None) -> int | None:
    """The second since the epoch in which a message's date lies; None for none."""
    return int(datetime.fromisoformat(iso).timestamp()) if iso else None
