"""Which messages of a page a poll publishes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from twilio_connector.errors import TwilioResponseError
from twilio_connector.listing.budget import UNDATED_SECONDS
from twilio_connector.listing.rows import Row, misplaced, rows_between, rows_of

DAY = 24 * 3600
NOW = 1_773_585_130
LOW, HIGH = NOW - 100, NOW - 1


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


def test_both_ends_of_a_range_belong_to_it_and_nothing_beyond() -> None:
    rows = [row(str(second), second) for second in (HIGH + 1, HIGH, LOW, LOW - 1)]
    assert sids(rows_between(rows, LOW, HIGH, NOW)) == [str(HIGH), str(LOW)]


def test_a_message_listed_twice_on_a_page_is_taken_once() -> None:
    rows = [row("SM1", NOW - 5), row("SM2", NOW - 6), row("SM1", NOW - 5)]
    assert sids(rows_between(rows, LOW, HIGH, NOW)) == ["SM1", "SM2"]


def test_an_undated_message_is_taken_as_long_as_it_can_still_get_its_date() -> None:
    rows = [
        row("new", None, NOW),
        row("scheduled", None, NOW - UNDATED_SECONDS),
        row("never sent", None, NOW - UNDATED_SECONDS - 1),
        row("of unknown age", None, None),
    ]
    assert sids(rows_between(rows, LOW, HIGH, NOW)) == ["new", "scheduled", "of unknown age"]
    assert UNDATED_SECONDS == 35 * DAY


def test_an_undated_message_is_remembered_a_day_longer_than_it_is_taken() -> None:
    assert row("SM1", None, NOW - 10).undated_until(NOW) == NOW - 10 + UNDATED_SECONDS + DAY
    assert row("SM1", None, None).undated_until(NOW) == NOW + UNDATED_SECONDS + DAY


@pytest.mark.parametrize(
    ("seconds", "lowest", "strays"),
    [
        ([], None, set()),
        ([9, 9, 7], None, set()),
        ([9, 9, 7], 9, set()),
        ([9, 7], 8, {"0"}),
        # What waited was listed too early for its date, and only that: the others go on below the one before.
        ([9, 4, 8, 7, 3], None, {"2", "3"}),
        ([4, 5], None, {"1"}),
        ([None, 9, None, 7, None], None, set()),
        ([None, 9], 7, {"1"}),
    ],
)
def test_misplaced_is_what_was_sent_later_than_one_listed_before_it(
    seconds: list[int | None], lowest: int | None, strays: set[str]
) -> None:
    assert misplaced([row(str(number), second) for number, second in enumerate(seconds)], lowest) == strays


def test_a_row_without_a_date_of_update_counts_as_never_updated() -> None:
    dated, undated = rows_of([{"sid": "SM1", "date_updated": rfc(NOW)}, {"sid": "SM2"}])
    assert (dated.updated, undated.updated) == ("2026-03-15T14:32:10.000Z", "")
