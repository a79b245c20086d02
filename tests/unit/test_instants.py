"""Instants as text, and back to seconds."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from twilio_connector.instants import format_instant, iso_second, second_of


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    instant = datetime.fromisoformat("2026-03-15T16:32:10.123456+02:00")
    assert format_instant(instant) == "2026-03-15T14:32:10.123Z"


@given(st.integers(0, 4_000_000_000))
def test_a_second_survives_being_written_either_way(second: int) -> None:
    assert second_of(iso_second(second)) == second
    assert second_of(format_instant(datetime.fromtimestamp(second, UTC))) == second


def test_no_date_has_no_second() -> None:
    assert second_of(None) is None
