"""Sends that earlier versions have recorded are repeated as if those were still there: nobody is texted twice."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.old_states import STATES, OldState, after
from tests.support.world import World
from twilio_connector.errors import IdempotencyConflictError, OutcomeUnknownError, SendInProgressError

DAY = 24 * 3_600
# Too short to look for a message again and again where an answer is lost.
BRIEF_SECONDS = 4.9


def named(is_meant: Callable[[dict[str, Any]], bool]) -> list[str]:
    """The names of those sends."""
    sends = [each for path in STATES for each in OldState.read(path).sends.items()]
    names = sorted({name for name, send in sends if is_meant(send)})
    assert names
    return names


def send(world: World, state: OldState, name: str, seconds: float, **changes: str) -> dict[str, Any]:
    """The send of that name once more, so many seconds later; returns its message."""
    after(world, seconds)
    message: dict[str, Any] = world.invoke("send_sms", {**state.sends[name]["input"], **changes})["data"]
    return message


def lose_answer(world: World, state: OldState, name: str, key: str, *, accepted: bool) -> None:
    """Send the same under another key, five seconds later, and lose Twilio's answer."""
    after(world, 5)
    world.twilio.inject(Fault.Reset(accepted=accepted), match="POST /Messages")
    event = {**state.sends[name]["input"], "idempotencyKey": key}
    with suppress(OutcomeUnknownError):
        world.invoke("send_sms", event, FakeContext(BRIEF_SECONDS))
    assert posts(world) == 1


def posts(world: World) -> int:
    """How many messages Twilio was asked for."""
    return sum(request.method == "POST" for request in world.twilio.requests)


SENT = named(lambda send: "result" in send)
LOST = named(lambda send: send.get("error") == "OutcomeUnknownError" and not send["messages"])
KILLED = named(lambda send: send.get("error") == "killed")


def lasting(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what Twilio learns of it later, which the sandbox of an earlier version knew from the start."""
    return {name: value for name, value in message.items() if name not in ("numSegments", "priceUnit")}


@pytest.mark.parametrize("name", SENT)
def test_what_was_sent_is_not_sent_again(old_world: World, old_state: OldState, name: str) -> None:
    first = old_state.sends[name]["result"]["data"]
    for seconds in (0, 60, DAY - 1):
        assert lasting(send(old_world, old_state, name, seconds)) == lasting(first)
    assert posts(old_world) == 0


@pytest.mark.parametrize("name", [*SENT, *LOST, *KILLED])
def test_a_key_stays_that_of_its_request(old_world: World, old_state: OldState, name: str) -> None:
    with pytest.raises(IdempotencyConflictError):
        send(old_world, old_state, name, 60, to="+15551239999")
    assert old_world.twilio.requests == []


def test_a_key_is_free_again_after_a_day(old_world: World, old_state: OldState) -> None:
    first = old_state.sends["plain"]["result"]["data"]
    assert send(old_world, old_state, "plain", DAY + 1)["sid"] != first["sid"]
    assert posts(old_world) == 1


@pytest.mark.parametrize("name", LOST)
def test_what_may_have_been_sent_is_sent_again_after_the_hold_and_not_before(
    old_world: World, old_state: OldState, name: str
) -> None:
    for seconds in (0, 60, 899):
        with pytest.raises(OutcomeUnknownError):
            send(old_world, old_state, name, seconds)
    assert posts(old_world) == 0

    again = send(old_world, old_state, name, 900)
    assert send(old_world, old_state, name, 1_000)["sid"] == again["sid"]
    assert posts(old_world) == 1


def test_what_was_sent_although_its_answer_was_lost_is_found(old_world: World, old_state: OldState) -> None:
    for seconds in (0, 60):
        assert [send(old_world, old_state, "late", seconds)["sid"]] == old_state.sends["late"]["messages"]
    assert posts(old_world) == 0


def test_a_send_is_in_progress_while_its_holder_may_live(old_world: World, old_state: OldState) -> None:
    for name in KILLED:
        for seconds in (0, 25):
            with pytest.raises(SendInProgressError):
                send(old_world, old_state, name, seconds)
    assert old_world.twilio.requests == []


def test_a_killed_send_that_is_not_listed_is_sent_again_after_the_hold(old_world: World, old_state: OldState) -> None:
    # The hold counts from when its holder can have sent at the latest.
    for seconds in (60, 910):
        with pytest.raises(OutcomeUnknownError):
            send(old_world, old_state, "killed", seconds)
    assert posts(old_world) == 0

    again = send(old_world, old_state, "killed", 960)
    assert send(old_world, old_state, "killed", 1_000)["sid"] == again["sid"]
    assert posts(old_world) == 1


def test_a_killed_send_that_is_listed_is_found(old_world: World, old_state: OldState) -> None:
    assert [send(old_world, old_state, "killed late", 60)["sid"]] == old_state.sends["killed late"]["messages"]
    assert posts(old_world) == 0


@pytest.mark.parametrize("name", ["plain", "killed late"])
def test_a_message_stays_that_of_the_send_that_made_it_or_may_have(
    old_world: World, old_state: OldState, name: str
) -> None:
    lose_answer(old_world, old_state, name, "another", accepted=False)
    for seconds in (5, 60, 899):
        with pytest.raises(OutcomeUnknownError):
            send(old_world, old_state, name, seconds, idempotencyKey="another")
    assert posts(old_world) == 1


def test_of_two_lost_answers_to_the_same_request_each_finds_a_message(old_world: World, old_state: OldState) -> None:
    lose_answer(old_world, old_state, "late", "another", accepted=True)
    found = {send(old_world, old_state, "late", 60, idempotencyKey=key)["sid"] for key in ("another", "late")}
    assert len(found) == 2
    assert found > set(old_state.sends["late"]["messages"])
    assert posts(old_world) == 1
