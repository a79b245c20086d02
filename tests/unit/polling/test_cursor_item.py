"""A cursor as it is stored: every later version reads it, and so does the one before."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.fakes import FakeClock
from tests.support.memory_dynamodb import MemoryDynamoDB
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.lease import Lease
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.cursor_item import cursor_key, lease_of
from twilio_connector.polling.window import Window
from twilio_connector.polling.window_item import window_item
from twilio_connector.state.table import StateTable

WINDOW = Window.unread(110, 130, remember_from=125)
PLAIN = Cursor(at=120, floor=100)
CURSORS = [PLAIN, Cursor(at=120, floor=100, window=WINDOW, newest_undated=117, proven=False)]


@pytest.fixture
def dynamodb() -> MemoryDynamoDB:
    return MemoryDynamoDB()


def lease(dynamodb: Any) -> Lease[Cursor]:
    """What a run that begins makes."""
    return lease_of(StateTable(dynamodb, "state", Deadline.after(60, FakeClock())), "poll#default##")


def test_a_cursor_belongs_to_connection_sender_and_recipient() -> None:
    assert cursor_key("main", "+15550100", None) == "poll#main#+15550100#"
    assert cursor_key("main", None, "+15550100") == "poll#main##+15550100"


@pytest.mark.parametrize("cursor", CURSORS, ids=["plain", "in a window"])
def test_what_is_saved_is_what_the_next_run_goes_on_from(dynamodb: MemoryDynamoDB, cursor: Cursor) -> None:
    first = lease(dynamodb)
    assert first.acquire(0, 60) == (True, None)
    # What is stored before does not show through.
    for each in (*CURSORS, cursor):
        first.save(each)
    first.release()
    assert lease(dynamodb).acquire(0, 60) == (True, cursor)


def test_a_cursor_is_stored_under_the_names_that_it_always_had(dynamodb: MemoryDynamoDB) -> None:
    held = lease(dynamodb)
    held.acquire(0, 60)
    for cursor, unproven in [(CURSORS[1], {"unproven": {"N": "1"}}), (replace(CURSORS[1], proven=True), {})]:
        held.save(cursor)
        (item,) = dynamodb.items()
        assert {name: value for name, value in item.items() if name not in ("owner", "until", "version")} == {
            "pk": {"S": "poll#default##"},
            "sk": {"S": "cursor"},
            "at": {"N": "120"},
            "floor": {"N": "100"},
            "window": window_item(WINDOW),
            "undated": {"N": "117"},
            **unproven,
        }


@pytest.mark.parametrize(
    ("cursor", "low"),
    [
        # The second in which it starts is new to its end; later, what appears late is looked for.
        (Cursor.starting(100), 100),
        (Cursor(at=101, floor=100), 100),
        (Cursor(at=129, floor=100), 100),
        (Cursor(at=130, floor=100), 101),
        (Cursor(at=150, floor=100), 121),
    ],
)
def test_a_window_begins_as_far_behind_the_cursor_as_is_remembered(cursor: Cursor, low: int) -> None:
    assert cursor.next_low(30) == low


def test_a_cursor_starts_where_it_is_told_and_counts_as_proven_unless_it_is_told_otherwise() -> None:
    assert Cursor.starting(100) == Cursor(at=100, floor=100, window=None, newest_undated=0, proven=True)
    assert not Cursor.starting(100, proven=False).proven
