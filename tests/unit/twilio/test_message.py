"""Messages: the vendor's resource in camelCase, its dates in ISO 8601."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.base.deserialize import rfc2822_datetime

from tests.support.examples import MESSAGE, RESOURCE
from twilio_connector.instants import format_instant
from twilio_connector.twilio.message import to_iso, to_message

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))


def test_the_example_of_the_description_is_produced_field_by_field() -> None:
    assert to_message(RESOURCE) == MESSAGE


def test_a_message_has_exactly_its_20_keys_whatever_the_resource_holds() -> None:
    for resource in ({}, RESOURCE, RESOURCE | {"new_field": "x", "bodyText": "y"}):
        assert to_message(resource).keys() == MESSAGE.keys()
    assert len(MESSAGE) == 20


def test_absent_keys_become_null() -> None:
    assert set(to_message({}).values()) == {None}


def test_numbers_that_twilio_sends_as_strings_stay_strings_and_uris_untouched() -> None:
    uris = {"media": "/a", "feedback": "/b"}
    message = to_message({"num_segments": "2", "num_media": "0", "price": "-0.00750", "subresource_uris": uris})
    assert message["numSegments"] == "2"
    assert message["numMedia"] == "0"
    assert message["price"] == "-0.00750"
    assert message["subresourceUris"] == uris


@pytest.mark.parametrize(
    ("code", "expected"),
    [(30008, 30008), ("30008", 30008), (None, None), ("", None), ("x", None), ("9" * 5_000, None), ("9" * 19, None)],
    ids=["number", "digits", "null", "empty", "letter", "digits without end", "beyond 64 bits"],
)
def test_an_error_code_is_a_number_or_null(code: Any, expected: int | None) -> None:
    assert to_message({"error_code": code})["errorCode"] == expected


@given(st.datetimes(datetime(2008, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))
def test_dates_mean_what_the_vendors_sdk_reads_in_them(instant: datetime) -> None:
    date = format_datetime(instant)
    assert to_iso(date) == format_instant(rfc2822_datetime(date))


@given(st.datetimes(datetime(2008, 1, 1), datetime(2099, 1, 1)), ZONES)
def test_a_date_of_another_zone_is_converted(local: datetime, offset: timedelta) -> None:
    minutes = int(offset.total_seconds()) // 60
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    utc = (local - offset).replace(microsecond=0)
    assert to_iso(f"{local:%d %b %Y %H:%M:%S} {zone}") == f"{utc:%Y-%m-%dT%H:%M:%S}.000Z"


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", fullmatch=True))
@example("Mon, 01 Jan 0001 00:00:00 +2300")
@example("Thu, 32 Aug 2023 25:61:61 +0000")
@example("Thu, ²4 Aug 2023 05:01:45 +0000")
def test_what_is_no_date_is_null_and_never_an_error(date: str) -> None:
    iso = to_iso(date)
    if iso is not None:
        assert datetime.fromisoformat(iso).tzinfo == UTC


@pytest.mark.parametrize("date", [None, 5, "", "yesterday", "2026-03-15", "20260315", "2026-03-15T25:00:00Z", {}])
def test_other_values_are_null(date: Any) -> None:
    assert to_iso(date) is None


@pytest.mark.parametrize(
    ("date", "iso"),
    [
        ("2026-03-15T14:32:10Z", "2026-03-15T14:32:10.000Z"),
        ("2026-03-15T14:32:10", "2026-03-15T14:32:10.000Z"),
        ("2026-03-15 14:32:10", "2026-03-15T14:32:10.000Z"),
        ("2026-03-15T14:32:10.123Z", "2026-03-15T14:32:10.123Z"),
        ("2026-03-15T14:32:10+02:00", "2026-03-15T12:32:10.000Z"),
        ("2026-03-15T14:32Z", "2026-03-15T14:32:00.000Z"),
    ],
)
def test_dates_in_iso_8601_are_read_too(date: str, iso: str) -> None:
    assert to_iso(date) == iso


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_iso_8601_as_python_writes_it_means_the_same(instant: datetime) -> None:
    assert to_iso(instant.isoformat()) == format_instant(instant)
