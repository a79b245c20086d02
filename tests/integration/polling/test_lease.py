"""The item of a cursor, attribute by attribute: what is stored is read by every later version."""

from typing import Any

import pytest

from tests.support.moto_clients import moto_client
from tests.support.world import TABLE, World
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing.budget import LEASE_GRACE_SECONDS
from twilio_connector.listing.lease import Lease
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.cursor_item import cursor_key, lease_of
from twilio_connector.polling.window import Window
from twilio_connector.polling.window_item import window_item
from twilio_connector.state.table import StateTable

NOW = 1_773_585_130
KEY = cursor_key("default", None, "+15551234567")


def stored() -> dict[str, Any]:
    [item] = moto_client("dynamodb").scan(TableName=TABLE)["Items"]
    return dict(item)


@pytest.fixture
def state(world: World) -> StateTable:
    return StateTable(moto_client("dynamodb"), TABLE, Deadline.after(60.0))


@pytest.fixture
def lease(state: StateTable) -> Lease[Cursor]:
    lease = lease_of(state, KEY)
    assert lease.acquire(NOW, 10.0) == (True, None)
    return lease


def test_a_lease_is_stored_until_its_term_ends(lease: Lease[Cursor]) -> None:
    item = stored()
    assert item.pop("owner")["S"]
    assert item == {
        "pk": {"S": "poll#default##+15551234567"},
        "sk": {"S": "cursor"},
        "until": {"N": str(NOW + 10 + LEASE_GRACE_SECONDS)},
    }


@pytest.mark.parametrize("window", [None, Window.unread(10, 20, remember_from=18)])
def test_a_cursor_is_stored_under_the_names_that_it_always_had(
    lease: Lease[Cursor], state: StateTable, window: Window | None
) -> None:
    cursor = Cursor(at=9, floor=5, window=window, newest_undated=7)
    lease.save(cursor)
    lease.release()
    assert stored() == {
        "pk": {"S": "poll#default##+15551234567"},
        "sk": {"S": "cursor"},
        "version": {"N": "1"},
        "at": {"N": "9"},
        "floor": {"N": "5"},
        "undated": {"N": "7"},
        "window": window_item(window),
    }
    assert lease_of(state, KEY).acquire(NOW, 10.0) == (True, cursor)


def test_a_starting_point_is_stored_as_unproven_until_it_is_saved_as_proven(lease: Lease[Cursor]) -> None:
    for proven in (False, True):
        cursor = Cursor.starting(9, proven=proven)
        lease.save(cursor)
        assert ("unproven" in stored()) is not proven
        assert lease.acquire(NOW, 10.0) == (True, cursor)
