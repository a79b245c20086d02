"""Cursors that earlier versions have left are polled on: nothing is lost, repeated, or begun anew."""

import math
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.twilio_sandbox import Fault
from tests.support.old_states import Backlog, OldState, after
from tests.support.world import World

CUT = ["cut in a page", "cut after a page"]


def poll(world: World, state: OldState, name: str, seconds: float) -> dict[str, Any]:
    """The poll of that name once more, so many seconds later."""
    after(world, seconds)
    result: dict[str, Any] = world.invoke("poll", state.polls[name]["input"])
    return result


def add(world: World, state: OldState, name: str, *seconds: float) -> list[str]:
    """Let messages for the poll of that name be listed now, each sent so many seconds after it; returns their SIDs."""
    sender = state.polls[name]["input"]["from"]
    messages = [message for moment in seconds for message in Backlog(sender, 1, -moment).messages()]
    world.twilio.restore(messages)
    return [message.sid for message in messages]


def test_a_starting_point_stays_where_it_was(old_world: World, old_state: OldState) -> None:
    sids = add(old_world, old_state, "fresh", 0, 5)

    assert poll(old_world, old_state, "fresh", 60)["published"] == 2
    # One was sent before it, and is not new.
    assert len(old_state.polls["fresh"]["unpublished"]) == 1
    assert sorted(old_world.bus.created()) == sorted(sids)


def test_a_cursor_moves_on_and_what_it_remembers_is_not_published_again(old_world: World, old_state: OldState) -> None:
    # Sent since, and within the overlap, but listed late.
    sids = add(old_world, old_state, "drained", 30, -180)

    assert poll(old_world, old_state, "drained", 60)["published"] == 2
    assert poll(old_world, old_state, "drained", 120)["published"] == 0
    assert sorted(old_world.bus.created()) == sorted(sids)


def test_what_is_out_of_reach_is_forgotten(old_world: World, old_state: OldState) -> None:
    partition = f"poll#default#{old_state.polls['drained']['input']['from']}#"
    assert len(old_world.items(partition)) > 1

    for seconds in (1_000, 2_000):
        assert poll(old_world, old_state, "drained", seconds)["published"] == 0
    assert [item["sk"]["S"] for item in old_world.items(partition)] == ["cursor"]


def test_an_undated_message_is_not_published_again_with_or_without_its_date(
    old_world: World, old_state: OldState
) -> None:
    assert poll(old_world, old_state, "undated", 10)["published"] == 0
    after(old_world, 20)
    old_world.twilio.update_status(old_state.polls["undated"]["undated"], "sent")
    assert poll(old_world, old_state, "undated", 60)["published"] == 0

    (sid,) = add(old_world, old_state, "undated", 30)
    assert poll(old_world, old_state, "undated", 90)["published"] == 1
    assert old_world.bus.created() == [sid]


@pytest.mark.parametrize("is_refused", [False, True], ids=["page token taken", "page token refused"])
@pytest.mark.parametrize("name", CUT)
def test_a_window_is_drained_from_where_it_was_left(
    old_world: World, old_state: OldState, name: str, is_refused: bool
) -> None:
    if is_refused:
        old_world.twilio.inject(Fault.RefusePageToken(), times=math.inf)
    left = old_state.polls[name]["unpublished"]
    (new,) = add(old_world, old_state, name, 30)

    assert poll(old_world, old_state, name, 60)["published"] == len(left) + 1
    assert poll(old_world, old_state, name, 120)["published"] == 0
    assert sorted(old_world.bus.created()) == sorted([*left, new])


@pytest.mark.parametrize("name", CUT)
def test_a_window_is_read_from_the_page_where_it_was_left(old_world: World, old_state: OldState, name: str) -> None:
    (item,) = (
        item for item in old_world.items(f"poll#default#{old_state.polls[name]['input']['from']}") if "at" in item
    )
    poll(old_world, old_state, name, 60)
    uri = urlsplit(item["window"]["M"]["uri"]["S"])
    first = old_world.twilio.requests[0]
    assert (first.path, first.query.to_dict()) == (uri.path, dict(parse_qsl(uri.query)))


def test_a_lease_is_honoured_until_its_end(old_world: World, old_state: OldState) -> None:
    left = old_state.polls["killed"]["unpublished"]

    for seconds in (10, 300, 330):
        result = poll(old_world, old_state, "killed", seconds)
        assert (result["skipped"], result["published"]) == (True, 0)
        # It reports the cursor that another poll is moving.
        assert result["cursor"] == old_state.polls["killed"]["input"]["since"]
    assert old_world.bus.created() == []

    result = poll(old_world, old_state, "killed", 331)
    assert (result["skipped"], result["published"]) == (False, len(left))
    assert poll(old_world, old_state, "killed", 332)["skipped"] is False
    assert sorted(old_world.bus.created()) == sorted(left)
