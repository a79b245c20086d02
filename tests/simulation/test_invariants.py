"""Each invariant finds what breaks its promise: a history that was played is tampered with afterwards."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import pytest

from tests.simulation import invariants
from tests.simulation.bus import Entry
from tests.simulation.invariants import FAILED, INVARIANTS, NEW, RECEIVED, SENT, Violations
from tests.simulation.playing import playing
from tests.simulation.surroundings import Invocation
from tests.simulation.test_simulation import FIRST
from tests.simulation.world import World
from twilio_connector.bus.statuses import STATUS_UPDATED

# As many are looked through for one that holds what can be tampered with.
HISTORIES = 60


def without(*types: str) -> Callable[[World], None]:
    """Nothing of these detail-types has come to the bus."""

    def tamper(world: World) -> None:
        world.bus.entries[:] = [entry for entry in world.bus.entries if entry.detail_type not in types]

    return tamper


def once_more(wanted: Callable[[Entry], bool], change: Callable[[dict[str, Any]], Any]) -> Callable[[World], None]:
    """An entry that is *wanted* has come once more, with another detail."""

    def tamper(world: World) -> None:
        found = [entry for entry in world.bus.entries if wanted(entry) and not entry.lost]
        world.bus.entries += [replace(entry, detail=change(entry.detail)) for entry in found[:1]]

    return tamper


def late(function: str, seconds: float) -> Callable[[World], None]:
    """An invocation took so long."""

    def tamper(world: World) -> None:
        for one in world.function(function):
            one.over = one.began + seconds

    return tamper


def with_data(**changes: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A detail that says something else."""

    def change(detail: dict[str, Any]) -> dict[str, Any]:
        return {**detail, "body": {"data": {**detail["body"]["data"], **changes}}}

    return change


def the_same(detail: dict[str, Any]) -> dict[str, Any]:
    """That detail."""
    return detail


def ended_well(entry: Entry) -> bool:
    """Whether the run that published it returned."""
    by: Invocation = entry.by
    return by.outcome == "returned"


def a_thread_is_left(world: World) -> None:
    for one in world.function("poll"):
        one.left_running = 1


def a_group_is_in_two_calls(world: World) -> None:
    world.bus.overlaps += [("000", one) for one in world.functions.invocations[:1]]


def ranks_are_upside_down(world: World) -> None:
    for entry in world.bus.entries:
        if entry.detail_type == STATUS_UPDATED:
            entry.detail["statusRank"] = 4 - entry.detail["statusRank"]


def every_message_is_sent_twice(world: World) -> None:
    world.twilio.rows += [copy(row) for row in world.twilio.rows if row.mark]


def every_request_comes_twice(world: World) -> None:
    world.twilio.requests += [replace(request, when=request.when + 1) for request in world.twilio.requests]


def every_text_is_another(world: World) -> None:
    for row in world.twilio.rows:
        row.body = "Another text"


def inputs_are_mixed_up(world: World) -> None:
    for entry in world.bus.entries:
        if entry.detail_type in (SENT, FAILED) and isinstance(entry.detail["body"]["data"]["input"], dict):
            entry.detail["body"]["data"]["input"]["validityPeriod"] = 0


def the_limit_was_less(world: World) -> None:
    world.per_day = 1


TAMPERINGS: dict[Callable[[World], Violations], Callable[[World], None]] = {
    invariants.every_listed_message_is_published: without(NEW),
    invariants.no_message_is_published_twice: once_more(lambda e: e.detail_type == NEW and ended_well(e), the_same),
    invariants.nothing_of_a_poll_goes_on: a_thread_is_left,
    invariants.no_group_is_in_two_calls_at_once: a_group_is_in_two_calls,
    invariants.an_acknowledged_webhook_is_stored: without(STATUS_UPDATED, RECEIVED),
    invariants.a_webhook_is_answered_in_time: late("webhook", 4.1),
    invariants.the_last_status_is_on_the_bus: without(STATUS_UPDATED),
    invariants.consumers_end_with_the_last_status: ranks_are_upside_down,
    invariants.no_id_says_two_things: once_more(lambda e: e.detail_type == STATUS_UPDATED, with_data(To="+1")),
    invariants.no_webhooks_share_an_id: once_more(lambda e: e.detail_type == RECEIVED, with_data(Body="Other")),
    invariants.the_overlap_of_passes_is_published_once: once_more(
        lambda e: e.detail.get("origin") == "reconciliation" and e.by.function == "reconcile" and ended_well(e),
        the_same,
    ),
    invariants.nobody_is_texted_twice: every_message_is_sent_twice,
    invariants.what_cannot_be_recognised_is_held: every_request_comes_twice,
    invariants.no_send_is_reported_that_was_not: every_text_is_another,
    invariants.every_input_ends_in_one_place: without(SENT, FAILED),
    invariants.none_has_the_outcome_of_another: inputs_are_mixed_up,
    invariants.limits_are_never_exceeded: the_limit_was_less,
    invariants.a_direct_call_is_answered_in_time: late("send_sms", 42.1),
    invariants.no_doubtful_post_is_repeated: every_request_comes_twice,
}


@pytest.mark.endurance
@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_an_invariant_finds_what_breaks_its_promise(invariant: Callable[[World], Violations]) -> None:
    for world in playing(range(FIRST, FIRST + HISTORIES)):
        world.play()
        assert not list(invariant(world))
        TAMPERINGS[invariant](world)
        if list(invariant(world)):
            return
    pytest.fail("It found nothing.")
