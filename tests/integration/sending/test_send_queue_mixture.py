"""Inputs of every kind through the send queue: each ends in one place, and what is given up is seen in three."""

import json
from collections import Counter

import pytest

from local.twilio_sandbox import Fault
from tests.support.log_lines import log_lines
from tests.support.metric_lines import emitted
from tests.support.queue_inputs import QueueInput, kinds, mixture
from tests.support.sqs_events import sqs_event_of
from tests.support.world import World

TEXTS = [str(7_000_000 + number) for number in range(3 * kinds())]
REJECTED, OPTED_OUT, UNCONNECTED, LOST = TEXTS[1], TEXTS[2], TEXTS[4:6], TEXTS[7]
CHANGES = {
    REJECTED: {"to": "+15005550001"},
    OPTED_OUT: {"to": "+15005550004"},
    **{text: {"connection": "nobodys-own"} for text in UNCONNECTED},
}
BATCH, RECEIVES = 5, 5


def deliver_all(world: World, inputs: dict[str, QueueInput]) -> set[str]:
    """Hand the messages over as SQS does, batch by batch, until each is gone; returns the dead letters."""
    received, dead = Counter[str](), set[str]()
    waiting = list(inputs)
    while waiting:
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        answer = world.invoke("send_sms", sqs_event_of({message_id: inputs[message_id].body for message_id in batch}))
        received.update(batch)
        failed = [one["itemIdentifier"] for one in answer["batchItemFailures"]]
        dead |= {message_id for message_id in failed if received[message_id] == RECEIVES}
        waiting += [message_id for message_id in failed if received[message_id] < RECEIVES]
    return dead


def test_each_input_is_sent_or_fails_in_sight_or_is_a_dead_letter(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = {f"id-{one.text}": one for one in mixture(TEXTS, CHANGES)}
    world.twilio.inject(Fault.ServerError(accepted=True, body=LOST), match="POST /Messages")

    with log_lines() as lines:
        dead = deliver_all(world, inputs)

    known_by = {one.key or f"sqs:{message_id}": message_id for message_id, one in inputs.items()}
    sent = [known_by[detail["id"]] for detail in world.bus.details("Message Sent")]
    failed = [known_by[detail["id"]] for detail in world.bus.details("Message Send Failed")]
    assert Counter(sent) + Counter(failed) + Counter(dead) == Counter(inputs.keys())
    assert f"id-{LOST}" in sent
    assert dead == {f"id-{text}" for text in UNCONNECTED}
    no_inputs = {message_id for message_id, one in inputs.items() if not one.is_one}
    assert set(failed) == no_inputs | {f"id-{REJECTED}", f"id-{OPTED_OUT}"}
    # The texts of those that were sent, each once.
    assert Counter(message.body for message in world.twilio.messages) == Counter(inputs[one].text for one in sent)

    logged = [one for one in map(json.loads, lines) if one["message"].startswith("An input of the send queue")]
    assert Counter(one["sqs_message_id"] for one in logged) == Counter(failed)
    counted = Counter(found["cause"] for name, found, _ in emitted(capsys.readouterr().out) if name == "SendsRefused")
    assert counted == Counter(one["cause"] for one in logged)
    assert counted == {"unreadable": len(no_inputs), "rejected": 1, "opted_out": 1}
