"""The cursor of reconciliations: its place, what of its instant counts, and what is remembered behind it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.log_lines import log_lines
from tests.support.poll_fakes import Faults
from tests.support.reconcile_fakes import COURSES
from tests.support.reconcile_world import OVERLAP, RUN_SECONDS, ReconcileWorld

HOUR = 3600
FAILS = COURSES.index(("queued", "failed"))
ARRIVES = COURSES.index(("queued", "sent", "undelivered"))
TO = "+15551234567"
FURTHER_BACK = "The cursor is older than lookBackHours"


def started(world: ReconcileWorld) -> ReconcileWorld:
    """With a cursor that has just been made."""
    world.reconcile(Faults())
    return world


def changed(world: ReconcileWorld, *seconds: int) -> list[str]:
    """Let messages be sent, and change at these seconds; the ids of their events."""
    first = len(world.rows)
    for second in seconds:
        world.add(ARRIVES, TO)
        row = world.rows[-1]
        row.step, row.sent, row.updated = 1, min(second, world.now), second
    return [f"{row.sid}:sent" for row in world.rows[first:]]


def since(second: int, **inputs: Any) -> dict[str, Any]:
    return {"since": datetime.fromtimestamp(second, UTC).isoformat(), **inputs}


def truncated(world: ReconcileWorld, event: dict[str, Any]) -> None:
    """Let a run stop after its first page."""

    def sleep() -> None:
        world.clock.now += RUN_SECONDS - 25

    assert world.reconcile(Faults({("paged", 1): sleep}), event=event)["truncated"]
    world.clock.now += 60


def test_what_changed_in_the_very_second_of_the_cursor_is_published_and_what_changed_before_is_not() -> None:
    world = started(ReconcileWorld())
    at = world.now
    before, same = changed(world, at - 1, at)
    world.clock.now += 60
    assert world.reconcile(Faults())["published"] == 1
    assert (world.consumer.told[before], world.consumer.told[same]) == (0, 1)


@pytest.mark.parametrize(("behind", "published"), [(OVERLAP, 1), (OVERLAP + 1, 0)])
def test_twilios_clock_may_be_behind_by_the_overlap(behind: int, published: int) -> None:
    world = started(ReconcileWorld())
    world.clock.now += HOUR
    world.reconcile(Faults())
    # In the very second in which the pass began, but too late for it.
    changed(world, world.now - behind)
    world.clock.now += HOUR
    assert world.reconcile(Faults())["published"] == published


def test_of_a_page_only_what_the_overlap_shows_again_is_remembered() -> None:
    world = started(ReconcileWorld())
    world.clock.now += HOUR
    changed(world, *[world.now - OVERLAP - 1] * 3, world.now - OVERLAP)
    assert world.reconcile(Faults())["published"] == 4
    chunks = [item["sids"]["B"] for item in world.dynamodb.items() if "sids" in item]
    assert [len(bytes(chunk)) for chunk in chunks] == [16]
    world.clock.now += 1
    assert world.reconcile(Faults())["published"] == 0


def test_a_pass_is_begun_anew_where_more_is_asked_for_than_it_looks_back() -> None:
    world = started(ReconcileWorld())
    world.clock.now += 10 * HOUR
    (early,) = changed(world, world.now - 9 * HOUR)
    late = changed(world, world.now - 60)
    world.rows[0].updated = world.now - 60
    truncated(world, {"lookBackHours": 2})
    assert world.reconcile(Faults(), event={"lookBackHours": 20})["published"] == 2
    assert all(world.consumer.told[id_] for id_ in (early, *late))


def test_a_pass_goes_on_where_less_is_asked_for() -> None:
    world = started(ReconcileWorld())
    world.clock.now += 10 * HOUR
    (early,) = changed(world, world.now - 9 * HOUR)
    began = world.now
    truncated(world, {"lookBackHours": 20})
    world.reconcile(Faults(), event={"lookBackHours": 2})
    assert world.consumer.told[early]
    assert int(world.cursor()["at"]["N"]) == began - OVERLAP


@pytest.mark.parametrize(("pause", "warns"), [(HOUR, False), (HOUR + 1, True)])
def test_it_warns_where_the_look_back_does_not_reach_the_beginning_of_the_last_pass(pause: int, warns: bool) -> None:
    world = started(ReconcileWorld())
    world.clock.now += OVERLAP
    world.reconcile(Faults())
    world.clock.now += pause
    with log_lines() as lines:
        world.reconcile(Faults(), event={"lookBackHours": 1})
    assert any(FURTHER_BACK in line for line in lines) is warns
