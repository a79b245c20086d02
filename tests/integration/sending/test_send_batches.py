"""Batches of the send queue sent by threads, each together with others in the same process and in others."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.locked_dynamodb import LockedDynamoDB
from tests.support.log_lines import log_lines
from tests.support.sqs_events import sqs_event_of
from tests.support.world import World, load_app

INPUT = {"to": "+15551234567", "from": "+15555551234"}
PATIENCE = 30.0


@pytest.fixture
def app(world: World) -> Any:
    """send_sms, which several threads may invoke at once."""
    app = load_app("send_sms", world.env, world.bus)
    app.services.aws.dynamodb = LockedDynamoDB()
    # Read once, before there are threads.
    app.services.connections.get("default")
    return app


def deliver(app: Any, bodies: dict[str, Any]) -> list[str]:
    """Hand the messages over in one batch; gives those that go back."""
    # Without the metrics of an invocation, of which a process has one at a time.
    answer = app.handler.__wrapped__(sqs_event_of(bodies), FakeContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def sids(world: World) -> dict[str, set[str]]:
    """The published SIDs, by key."""
    told: dict[str, set[str]] = {}
    for detail in world.bus.details("Message Sent"):
        told.setdefault(detail["id"], set()).add(detail["body"]["data"]["message"]["sid"])
    return told


def test_of_two_batches_with_the_same_keys_at_once_each_key_is_sent_once(world: World, app: Any) -> None:
    keys = [f"order-{number}" for number in range(5)]
    both = Barrier(2)

    def hand_over(name: str) -> tuple[dict[str, Any], list[str]]:
        bodies = {f"{name}-{key}": INPUT | {"message": key, "idempotencyKey": key} for key in keys}
        both.wait(PATIENCE)
        return bodies, deliver(app, bodies)

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(hand_over, ("one", "other")))

    assert Counter(message.body for message in world.twilio.messages) == Counter(keys)
    # Those that met the other one come again, and get its message.
    for bodies, returned in outcomes:
        if returned:
            assert deliver(app, {name: bodies[name] for name in returned}) == []
    assert {key: len(found) for key, found in sids(world).items()} == dict.fromkeys(keys, 1)
    assert len(world.bus.details("Message Sent")) == 2 * len(keys)


def test_of_siblings_with_one_text_whose_answers_are_lost_none_is_told_of_another_s_message(
    world: World, app: Any
) -> None:
    text = "The same text for one recipient"
    world.twilio.inject(Fault.ServerError(accepted=True, body=text), times=4, match="POST /Messages")
    waiting: dict[str, Any] = {f"m{number}": INPUT | {"message": text} for number in range(10)}
    for _ in range(3):
        waiting = {name: waiting[name] for name in deliver(app, waiting)} if waiting else {}
    told = sids(world)
    assert len(world.twilio.messages) == 10
    assert sorted(sid for found in told.values() for sid in found) == sorted(one.sid for one in world.twilio.messages)
    assert told.keys() == {f"sqs:m{number}" for number in range(10)}


def test_each_fault_beside_others_strikes_its_own_record_alone(world: World, app: Any) -> None:
    faults = {
        "lost": Fault.ServerError(accepted=True, body="lost"),
        "reset": Fault.Reset(accepted=True, body="reset"),
        "html": Fault.Html(accepted=True, body="html"),
        "garbage": Fault.Garbage(accepted=True, body="garbage"),
        "throttled": Fault.Throttle(retry_after=3600, body="throttled"),
    }
    for fault in faults.values():
        world.twilio.inject(fault, match="POST /Messages")
    bodies: dict[str, Any] = {name: INPUT | {"message": name} for name in (*faults, "fine", "as well", "third")}
    bodies |= {"refused": INPUT | {"to": "+15005550001", "message": "x"}, "broken": "{"}

    with log_lines() as lines:
        assert deliver(app, bodies) == ["throttled"]

    sent = {detail["id"].removeprefix("sqs:") for detail in world.bus.details("Message Sent")}
    assert sent == bodies.keys() - {"throttled", "refused", "broken"}
    failed = {detail["id"].removeprefix("sqs:") for detail in world.bus.details("Message Send Failed")}
    assert failed == {"refused", "broken"}
    assert Counter(message.body for message in world.twilio.messages) == Counter(sent)
    logged = {(one["sqs_message_id"], one.get("error_type")) for one in map(json.loads, lines)}
    assert {("throttled", "TwilioThrottledError"), ("refused", "TwilioRejectedError")} <= logged
    assert {name for name, _ in logged} <= {"throttled", "refused", "broken", "lost", "reset", "html", "garbage"}


def test_ten_that_are_refused_at_once_for_a_rotated_secret_are_all_sent_with_the_new_one(
    world: World, app: Any
) -> None:
    world.twilio.account.auth_token = "rotated"
    secret = json.dumps({"accountSid": world.twilio.account_sid, "authToken": "rotated"})
    world.secrets.put_secret_value(SecretId="twilio/connections/default", SecretString=secret)
    assert deliver(app, {f"m{number}": INPUT | {"message": str(number)} for number in range(10)}) == []
    assert Counter(message.body for message in world.twilio.messages) == Counter(map(str, range(10)))
