"""Which messages of a page a poll publishes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from twilio_connector.errors import TwilioResponseError
from twilio_connector.polling.budget import UNDATED_SECONDS
from twilio_connector.polling.cursor import DrainedTo, Window
from twilio_connector.polling.rows import Row, rows_in_window, rows_of

DAY = 24 * 3600
NOW = 1_773_585_130
WINDOW = Window(low=NOW - 100, high=NOW - 1, remember_from=NOW - 50)


def rfc(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


def row(sid: str, sent: int | None, created: int | None = NOW - 200) -> Row:
    return Row({"sid": sid}, sent, created)


def sids(rows: list[Row]) -> list[str]:
    return [one.sid for one in rows]


def test_a_row_holds_the_message_and_its_dates_in_seconds() -> None:
    (one,) = rows_of([{"sid": "SM1", "date_sent": rfc(NOW), "date_created": None}])
    assert (one.sid, one.sent, one.created) == ("SM1", NOW, None)
    assert one.message["dateSent"] == "2026-03-15T14:32:10.000Z"


@pytest.mark.parametrize("resource", [{}, {"sid": None}, {"sid": ""}, {"sid": 5}])
def test_a_listed_message_without_a_sid_is_an_unreadable_answer(resource: dict[str, Any]) -> None:
    with pytest.raises(TwilioResponseError, match="without a SID"):
        rows_of([{"sid": "SM1"}, resource])


def test_both_ends_of_the_window_belong_to_it_and_nothing_beyond() -> None:
    seconds = [WINDOW.high + 1, WINDOW.high, WINDOW.low, WINDOW.low - 1]
    rows = [row(str(second), second) for second in seconds]
    assert sids(rows_in_window(rows, WINDOW, NOW)) == [str(WINDOW.high), str(WINDOW.low)]


def test_what_lies_after_the_place_drained_to_is_left_out_but_its_own_second_is_not() -> None:
    window = replace(WINDOW, drained_to=DrainedTo(NOW - 50, None))
    rows = [row("after", NOW - 49), row("same second", NOW - 50), row("before", NOW - 51)]
    assert sids(rows_in_window(rows, window, NOW)) == ["same second", "before"]


def test_a_message_listed_twice_on_a_page_is_taken_once() -> None:
    rows = [row("SM1", NOW - 5), row("SM2", NOW - 6), row("SM1", NOW - 5)]
    assert sids(rows_in_window(rows, WINDOW, NOW)) == ["SM1", "SM2"]


def test_an_undated_message_is_taken_as_long_as_it_can_still_get_its_date() -> None:
    rows = [
        row("new", None, NOW),
        row("scheduled", None, NOW - UNDATED_SECONDS),
        row("never sent", None, NOW - UNDATED_SECONDS - 1),
        row("of unknown age", None, None),
    ]
    assert sids(rows_in_window(rows, WINDOW, NOW)) == ["new", "scheduled", "of unknown age"]
    assert UNDATED_SECONDS == 35 * DAY


def test_an_undated_message_is_remembered_a_day_longer_than_it_is_taken() -> None:
    assert row("SM1", None, NOW - 10).undated_until(NOW) == NOW - 10 + UNDATED_SECONDS + DAY
    assert row("SM1", None, None).undated_until(NOW) == NOW + UNDATED_SECONDS + DAY
