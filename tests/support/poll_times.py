"""Instants of the past, as polls are given them."""

from datetime import UTC, datetime, timedelta


def ago(seconds: float) -> datetime:
    """So many seconds ago."""
    return datetime.now(UTC) - timedelta(seconds=seconds)


def since(seconds: float) -> dict[str, str]:
    """The input that lets a cursor start so many seconds ago."""
    return {"since": ago(seconds).isoformat()}
