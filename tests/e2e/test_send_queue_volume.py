"""A thousand inputs through the send queue while Twilio fails in every way: each ends in one place, and only once."""

import json
import math
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.configuration import configured, send_queue, wait_until
from tests.local.aws import LocalAws
from tests.local.bus import BusWatcher
from tests.local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from tests.local.twilio_sandbox import Fault, TwilioSandbox

INPUTS, FAULTY = 1_000, 0.1
# Those that strike one creation in ten, each as often as the others; and those that are rarer, because they take long.
FAULTS = [
    Fault.Throttle(),
    Fault.ServerError(accepted=False),
    Fault.ServerError(accepted=True),
    Fault.Reset(accepted=False),
    Fault.Reset(accepted=True),
    Fault.Html(accepted=True),
    Fault.Garbage(accepted=True),
]
HANGS = [Fault.Hang(seconds=20, accepted=True), Fault.Hang(seconds=20, accepted=False)]
# What no repetition mends: Twilio refuses the first, the connection of the second does not exist.
REFUSED, UNCONNECTED = 20, 10


@pytest.fixture
def failing_twilio(twilio: TwilioSandbox) -> Iterator[TwilioSandbox]:
    for fault in FAULTS:
        twilio.inject(fault, times=math.inf, match="POST /Messages", probability=FAULTY / len(FAULTS))
    for hang in HANGS:
        twilio.inject(hang, match="POST /Messages", probability=0.01)
    yield twilio
    twilio.clear_faults()


def dead_letters(aws: LocalAws) -> list[str]:
    """What is in the dead-letter queue, which is emptied."""
    url, bodies = aws.outputs["SendDeadLetterQueueUrl"], list[str]()
    while letters := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for letter in letters:
            bodies.append(letter["Body"])
            aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    return bodies


def test_each_of_1000_inputs_ends_in_one_place_and_is_sent_at_most_once(
    aws: LocalAws, watcher: BusWatcher, failing_twilio: TwilioSandbox
) -> None:
    name = f"volume {uuid.uuid4()}"
    inputs = {
        key: {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": key, "idempotencyKey": key}
        for key in (f"{name} {number}" for number in range(INPUTS))
    }
    refused, unconnected = list(inputs)[:REFUSED], list(inputs)[REFUSED : REFUSED + UNCONNECTED]
    for key in refused:
        inputs[key]["to"] = "+15005550001"
    for key in unconnected:
        inputs[key]["connection"] = "nobodys-own"
    keys = {json.dumps(one): key for key, one in inputs.items()}
    dead: list[str] = []

    def outcomes() -> dict[str, set[str]]:
        told: dict[str, set[str]] = {"Message Sent": set(), "Message Send Failed": set(), "dead": set(dead)}
        for event in watcher.drain():
            if event.detail.get("id") in inputs:
                told[event.detail_type].add(event.detail["id"])
        return told

    def all_have_ended() -> bool:
        dead.extend(key for body in dead_letters(aws) if (key := keys.get(body)))
        return set().union(*outcomes().values()) == inputs.keys()

    # The hold is longer than the sandbox takes to list a message, as it is to be.
    with (
        send_queue(aws, visibility=20, batch=10, receives=3),
        configured(aws, ["SendSmsFunction"], 28, UNKNOWN_HOLD_SECONDS="1"),
    ):
        send_all(aws, list(inputs.values()))
        wait_until(all_have_ended)

    ends = outcomes()
    assert sum(map(len, ends.values())) == INPUTS, "an input ended twice"
    # Where faults hit an input at each of its receptions, Twilio never comes to refuse it.
    assert ends["Message Send Failed"] <= set(refused) <= ends["Message Send Failed"] | ends["dead"]
    assert set(unconnected) <= ends["dead"]
    texts = Counter(message.body for message in failing_twilio.messages if message.body in inputs)
    assert set(texts.values()) == {1}
    assert ends["Message Sent"] <= texts.keys()


def send_all(aws: LocalAws, inputs: list[dict[str, str]]) -> None:
    for start in range(0, len(inputs), 10):
        entries = [
            {"Id": str(number), "MessageBody": json.dumps(one)} for number, one in enumerate(inputs[start : start + 10])
        ]
        answer = aws.sqs.send_message_batch(QueueUrl=aws.outputs["SendQueueUrl"], Entries=entries)  # type: ignore[arg-type]
        assert not answer.get("Failed")
