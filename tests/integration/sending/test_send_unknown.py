"""Sends whose outcome is not known: searched for, adopted, held; never repeated too early, never taken from others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.aws_faults import refusing
from tests.support.fakes import FakeContext
from tests.support.world import World
from twilio_connector.errors import (
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
    TwilioRejectedError,
)

INPUT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello from Acme!", "idempotencyKey": "order-5"}
MEDIA = {**INPUT, "message": "", "mediaUrl": "https://example.com/1.jpg"}
# Time for one search, and none for another after a pause: for what is not found however long it is looked for.
BRIEF = FakeContext(seconds=5)
# More than enough, also on a busy machine.
LONG = FakeContext()
AMBIGUOUS = (Fault.ServerError, Fault.Reset, Fault.Html, Fault.Garbage)


def send(world: World, event: dict[str, Any] = INPUT, context: FakeContext = LONG) -> str:
    return str(world.invoke("send_sms", event, replace(context))["data"]["sid"])


def fail_to_send(world: World, event: dict[str, Any] = INPUT) -> None:
    with pytest.raises(OutcomeUnknownError):
        send(world, event, BRIEF)


def sids(world: World) -> list[str]:
    return [message.sid for message in world.twilio.messages]


def posts(world: World) -> int:
    return len([request for request in world.twilio.requests if request.method == "POST"])


@pytest.mark.parametrize("fault", AMBIGUOUS, ids=lambda fault: str(fault.__name__))
def test_a_message_that_twilio_accepted_is_found_and_returned(world: World, fault: Any) -> None:
    world.twilio.inject(fault(accepted=True), match="POST /Messages")
    assert [send(world)] == sids(world)
    assert [send(world)] == sids(world)
    assert posts(world) == 1


@pytest.mark.parametrize("event", [INPUT, MEDIA], ids=["text", "media"])
@pytest.mark.parametrize("fault", AMBIGUOUS, ids=lambda fault: str(fault.__name__))
def test_a_message_that_is_not_listed_is_not_sent_again_before_the_hold(
    world: World, fault: Any, event: dict[str, Any]
) -> None:
    world.twilio.inject(fault(accepted=False), match="POST /Messages")
    for _ in range(3):
        fail_to_send(world, event)
    assert (posts(world), sids(world)) == (1, [])


def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(world: World) -> None:
    world.twilio.inject(Fault.Hang(seconds=30, accepted=True), match="POST /Messages")
    with pytest.raises(OutcomeUnknownError):
        send(world, context=FakeContext(seconds=2.5))
    assert [send(world)] == sids(world)


@pytest.mark.parametrize("twilio", [{"listing_lag": 1.5}], indirect=True)
def test_a_message_that_is_listed_late_is_waited_for(world: World) -> None:
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    assert [send(world, context=FakeContext(seconds=10))] == sids(world)


@pytest.mark.parametrize("twilio", [{"listing_lag": 3600}], indirect=True)
def test_a_repeat_searches_again_and_finds_what_is_listed_by_then(world: World) -> None:
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    fail_to_send(world)
    world.twilio.reveal(*sids(world))
    assert [send(world)] == sids(world)
    assert posts(world) == 1


@pytest.mark.parametrize("event", [INPUT, MEDIA], ids=["text", "media"])
def test_after_the_hold_an_unlisted_message_is_sent_again(world: World, event: dict[str, Any]) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(Fault.ServerError(), match="POST /Messages")
    fail_to_send(world, event)
    assert [send(world, event)] == sids(world)


def test_a_repeat_that_twilio_refuses_leaves_the_first_attempt_unknown(world: World) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(Fault.ServerError(), match="POST /Messages")
    fail_to_send(world)
    world.twilio.opted_out.add(INPUT["to"])
    with pytest.raises(TwilioRejectedError):
        send(world)
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "900"
    world.restart()
    fail_to_send(world)


def test_the_same_text_under_another_key_is_not_taken_for_it(world: World) -> None:
    other = send(world, {**INPUT, "idempotencyKey": "another"})
    world.twilio.inject(Fault.ServerError(), match="POST /Messages")
    fail_to_send(world)
    assert sids(world) == [other]


def test_two_lost_answers_of_one_text_find_a_message_each(world: World) -> None:
    world.twilio.inject(Fault.ServerError(accepted=True), times=2, match="POST /Messages")
    found = [send(world), send(world, {**INPUT, "idempotencyKey": "another"})]
    assert sorted(found) == sorted(sids(world))


def test_the_same_text_from_long_before_is_not_taken_for_it(world: World) -> None:
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    world.twilio.add(date_sent=a_minute_ago, to=INPUT["to"], from_=INPUT["from"], body=INPUT["message"])
    world.twilio.inject(Fault.ServerError(), match="POST /Messages")
    fail_to_send(world)


def test_a_search_that_fails_leaves_the_outcome_unknown(world: World) -> None:
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    world.twilio.inject(Fault.Garbage(), times=10, match="GET /Messages")
    fail_to_send(world)
    world.twilio.clear_faults()
    assert [send(world)] == sids(world)


def test_a_search_that_fails_is_no_proof_even_after_the_hold(world: World) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    world.twilio.inject(Fault.Garbage(), times=10, match="GET /Messages")
    for _ in range(2):
        fail_to_send(world)
    assert posts(world) == 1


def test_a_listed_message_that_may_be_another_s_is_no_proof_even_after_the_hold(world: World) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    world.twilio.inject(Fault.Garbage(), match="GET /Messages")
    fail_to_send(world)
    with refusing("TransactWriteItems", "InternalServerError", after=1):
        send(world, {**INPUT, "idempotencyKey": "another"}, BRIEF)
    fail_to_send(world)
    assert posts(world) == 2


@pytest.mark.parametrize("twilio", [{"listing_lag": 3600}], indirect=True)
def test_the_message_of_another_key_whose_answer_was_lost_is_not_taken_for_it(world: World) -> None:
    other = {**INPUT, "idempotencyKey": "another"}
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    fail_to_send(world, other)
    world.twilio.reveal(*sids(world))
    world.twilio.inject(Fault.ServerError(), match="POST /Messages")
    fail_to_send(world)
    assert len(sids(world)) == 1


@pytest.mark.parametrize("twilio", [{"listing_lag": 3600}], indirect=True)
def test_two_keys_whose_answers_were_lost_have_a_message_each(world: World) -> None:
    other = {**INPUT, "idempotencyKey": "another"}
    world.twilio.inject(Fault.ServerError(accepted=True), times=2, match="POST /Messages")
    for event in (INPUT, other):
        fail_to_send(world, event)
    world.twilio.reveal(*sids(world))
    assert sorted([send(world), send(world, other)]) == sorted(sids(world))


def test_a_sent_message_is_returned_even_if_it_cannot_be_recorded_and_then_found(world: World) -> None:
    with refusing("TransactWriteItems", "InternalServerError", after=1):
        sid = send(world, context=FakeContext(seconds=2))
    assert [sid] == sids(world)
    with pytest.raises(SendInProgressError):
        send(world)


def test_an_unknown_outcome_is_told_even_if_it_cannot_be_recorded(world: World) -> None:
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    with refusing("TransactWriteItems", "InternalServerError", after=1):
        fail_to_send(world)
    assert posts(world) == 1


def test_a_refusal_is_told_even_if_its_key_cannot_be_freed(world: World) -> None:
    with refusing("TransactWriteItems", "InternalServerError", after=1), pytest.raises(TwilioRejectedError):
        send(world, {**INPUT, "to": "+15005550001"}, BRIEF)


def test_nothing_is_sent_that_could_not_be_claimed(world: World) -> None:
    with refusing("TransactWriteItems", "ThrottlingException"), pytest.raises(ServiceUnavailableError):
        send(world, context=BRIEF)
    assert world.twilio.requests == []
