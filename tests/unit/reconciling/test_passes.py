"""How far a pass has come, what of its lists is left, and where the cursor then is."""

import pytest

from tests.support.poll_rows import row
from twilio_connector.listing.parts import Part
from twilio_connector.listing.rows import Row
from twilio_connector.reconciling.cursor_item import _attributes_of, _cursor_of
from twilio_connector.reconciling.passes import Cursor, Pass

NOW, HOUR = 1_773_585_130, 3600
BEGUN = Pass.beginning(NOW, 48 * HOUR, overlap=300)
BY_DATE = BEGUN.after([], None, changed_from=0)


def test_a_pass_reads_the_list_of_all_times_and_then_its_look_back() -> None:
    assert (BEGUN.part, BEGUN.is_done) == (None, False)
    assert (BY_DATE.part, BY_DATE.is_done) == (Part(NOW - 48 * HOUR, NOW), False)
    assert BY_DATE.after([], None, changed_from=0).is_done


def test_the_cursor_moves_to_where_the_pass_began_less_the_overlap_and_never_back() -> None:
    assert Cursor(NOW - HOUR, BEGUN).after(BEGUN) == Cursor(NOW - 300)
    assert Cursor(NOW - 10, BEGUN).after(BEGUN) == Cursor(NOW - 10)


@pytest.mark.parametrize(
    ("rows", "goes_on"),
    [
        ([row("old", 5, created=5), row("undated", None, created=5)], True),
        ([row("old", 5, created=5), row("created since", NOW, created=NOW - 60)], True),
        # It may have waited for ten hours, and have failed since.
        ([row("old", 5, created=5), row("may have waited", NOW, created=NOW - 60 - 10 * HOUR)], True),
        ([row("old", NOW, created=NOW - 61 - 10 * HOUR)], False),
        ([row("without dates", 5)], False),
        ([], False),
    ],
    ids=["undated", "new", "waited", "older", "nothing known", "empty"],
)
def test_the_list_of_all_times_is_read_no_further_than_it_can_show_what_is_undated_and_new(
    rows: list[Row], goes_on: bool
) -> None:
    after = BEGUN.after(rows, "/next", changed_from=NOW - 60)
    assert (after.part is None, after.uri) == (goes_on, "/next" if goes_on else None)


def test_a_cursor_far_back_does_not_make_it_read_beyond_the_look_back() -> None:
    assert BEGUN.after([row("a", 5, created=BEGUN.low - 1)], "/next", changed_from=0).part is not None


def test_each_list_gives_what_it_is_read_for() -> None:
    rows = [row("undated", None, created=NOW), row("in it", NOW), row("before", BEGUN.low - 1), row("after", NOW + 1)]
    assert [each.sid for each in BEGUN.chosen(rows)] == ["undated"]
    assert [each.sid for each in BY_DATE.chosen(rows)] == ["undated", "in it"]


@pytest.mark.parametrize(
    ("listed", "parts"),
    [
        ([row("a", NOW - 10), row("b", NOW - 20)], [Part(BEGUN.low, NOW - 20), Part(NOW - 19, NOW)]),
        ([row("b", NOW - 20), row("a", NOW - 10)], [Part(NOW - 24 * HOUR + 1, NOW), Part(BEGUN.low, NOW - 24 * HOUR)]),
    ],
    ids=["in Twilio's order", "in another one"],
)
def test_a_refused_page_token_leaves_all_seconds_to_be_read_in_two_lists(listed: list[Row], parts: list[Part]) -> None:
    reading = BY_DATE.after(listed, "/next", changed_from=0)
    reread = reading.reread()
    assert (list(reread.parts), reread.uri) == (parts, None)
    # And when the first is done, the other.
    assert list(reread.after([], None, changed_from=0).parts) == parts[1:]


def test_a_pass_of_which_nothing_can_be_looked_at_any_more_is_out_of_reach() -> None:
    assert not BEGUN.is_out_of_reach(NOW + 48 * HOUR)
    assert BEGUN.is_out_of_reach(NOW + 48 * HOUR + 1)


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(NOW),
        Cursor(NOW, BEGUN),
        Cursor(NOW, BY_DATE.after([row("b", 5), row("a", 6)], "/next", changed_from=0)),
        Cursor(NOW, BY_DATE.after([row("a", 6), row("b", 5)], "/next", changed_from=0).reread()),
    ],
    ids=["at rest", "begun", "reading", "divided"],
)
def test_a_cursor_is_stored_and_read_again(cursor: Cursor) -> None:
    stored = {name: value for name, value in _attributes_of(cursor).items() if value is not None}
    assert _cursor_of(stored) == cursor


def test_a_cursor_is_stored_under_names_that_later_versions_know() -> None:
    stored = _attributes_of(Cursor(NOW, BY_DATE.after([row("a", 6)], "/next", changed_from=0)))
    assert stored == {
        "at": {"N": str(NOW)},
        "pass": {
            "M": {
                "low": {"N": str(BEGUN.low)},
                "began": {"N": str(NOW)},
                "nextAt": {"N": str(NOW - 300)},
                "undated": {"BOOL": False},
                "parts": {"L": [{"N": str(BEGUN.low)}, {"N": str(NOW)}]},
                "ordered": {"BOOL": True},
                "uri": {"S": "/next"},
                "lowest": {"N": "6"},
            }
        },
    }
    assert _attributes_of(Cursor(NOW))["pass"] is None
    assert _cursor_of({"owner": {"S": "x"}}) is None
