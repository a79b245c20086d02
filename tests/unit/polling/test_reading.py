"""How a list is read from its top to its end, and when it may be taken for read."""

import pytest

from tests.support.poll_rows import row
from twilio_connector.polling.reading import Reading, Top

TOP = Top("SM1", "2026-03-15T14:32:10.000Z")
EARLIER, LATER = "2026-03-15T14:32:09.000Z", "2026-03-15T14:32:11.000Z"


def test_a_list_of_one_page_is_done_with_it() -> None:
    assert Reading().after([row("SM1", 9)], None) is None
    assert Reading().after([], None) is None


def test_a_reading_goes_on_to_the_next_page_and_keeps_what_it_met() -> None:
    first = Reading().after([row("SM1", 9), row("SM2", 7, updated=LATER)], "/2")
    assert first == Reading("/2", lowest=7, ordered=True, top=Top("SM1", LATER))

    assert first.after([row("SM3", None)], "/3") == Reading("/3", lowest=7, ordered=True, top=first.top)
    assert first.after([row("SM3", 7), row("SM4", 5)], "/3") == Reading("/3", lowest=5, ordered=True, top=first.top)
    assert first.after([row("SM3", 8), row("SM4", 7)], "/3") == Reading("/3", lowest=7, ordered=False, top=first.top)


def test_what_was_out_of_order_once_stays_so() -> None:
    reading = Reading("/2", lowest=7, ordered=False, top=TOP)
    assert reading.after([row("SM3", 6)], "/3") == Reading("/3", lowest=6, ordered=False, top=TOP)


def test_after_several_pages_the_top_is_looked_at_again() -> None:
    assert Reading("/2", lowest=7, top=TOP).after([row("SM2", 5)], None) == Reading(before=TOP)


def test_a_top_with_a_message_at_rest_ends_it() -> None:
    moved, at_rest = row("SM9", 3, updated=LATER), row("SM2", 8, updated=EARLIER)
    assert Reading(before=TOP).after([moved, at_rest], "/2") is None


def test_a_top_of_nothing_but_what_has_moved_is_read_on_until_something_has_not() -> None:
    moved, at_rest = row("SM9", 3, updated=LATER), row("SM2", 8, updated=EARLIER)
    second = Reading(before=TOP).after([moved], "/2")
    assert second == Reading("/2", lowest=3, top=Top("SM9", LATER), before=TOP)
    # Meanwhile more may have moved, to above what was the top then.
    assert second.after([at_rest], "/3") == Reading(before=Top("SM9", LATER))
    assert second.after([row("SM8", 2, updated=LATER)], None) == Reading(before=Top("SM9", LATER))


@pytest.mark.parametrize(
    ("sid", "updated", "at_rest"),
    [
        ("SM2", EARLIER, True),
        ("SM2", "", True),
        # Dates have seconds: it may have been changed before the top was read, or after.
        ("SM2", TOP.updated, False),
        ("SM2", LATER, False),
        ("SM1", TOP.updated, True),
        ("SM1", LATER, False),
    ],
)
def test_a_message_is_at_rest_if_its_date_of_update_says_so(sid: str, updated: str, at_rest: bool) -> None:
    assert TOP.shows_at_rest(row(sid, 5, updated=updated)) is at_rest


def test_without_any_dates_of_update_the_first_message_is_at_rest_where_it_stood() -> None:
    top = Top.of([row("SM1", 9, updated=""), row("SM2", 9, updated="")])
    assert top
    assert top.shows_at_rest(row("SM1", 9, updated=""))
    assert not top.shows_at_rest(row("SM1", 9, updated=EARLIER))


def test_a_list_whose_top_is_not_known_or_empty_is_done_at_its_end() -> None:
    assert Reading("/2", lowest=7).after([row("SM2", 5)], None) is None
    second = Reading().after([], "/2")
    assert second == Reading("/2")
    assert second.after([row("SM2", 5)], None) is None


def test_fresh_rows_are_out_of_order_where_the_documented_one_has_no_room_for_them() -> None:
    rows = [row("SM1", 9), row("SM2", 4), row("SM3", 8), row("SM4", None), row("SM5", 3)]
    assert Reading().out_of_order(rows, rows) == 1
    assert Reading().out_of_order([rows[0], rows[1]], rows) == 0
    assert Reading("/2", lowest=7, top=TOP).out_of_order(rows, rows) == 2


def test_at_a_top_that_is_looked_at_again_they_are_so_only_if_it_is_out_of_order() -> None:
    moved, others = row("SM9", 3, updated=LATER), [row("SM1", 9), row("SM2", 8)]
    assert Reading(before=TOP).out_of_order([moved], [moved, *others]) == 1
    late = row("SM9", 9, updated=LATER)
    assert Reading(before=TOP).out_of_order([late], [late, *others]) == 0
