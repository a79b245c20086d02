"""A thousand inputs through the send queue while Twilio fails in every way: each ends in one place, and only once.

One in three comes in an envelope of a service or in numbers, or is broken.
"""

import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle

import pytest

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.twilio_sandbox import Fault, RecordedRequest, TwilioSandbox
from tests.support.deployed_configuration import configured, send_queue, wait_until
from tests.support.metric_lines import emitted
from tests.support.queue_inputs import QueueInput, mixture
from tests.support.send_outcomes import DEAD, Letters, unreached

INPUTS, FAULTY = 1_000, 0.1
# Those that strike one creation in ten, each as often as the others.
FAULTS = [
    Fault.Throttle(),
    Fault.ServerError(accepted=False),
    Fault.ServerError(accepted=True),
    Fault.Reset(accepted=False),
    Fault.Reset(accepted=True),
    Fault.Html(accepted=True),
    Fault.Garbage(accepted=True),
]
# Those that take long: so many before Twilio accepts the message, and so many after it.
HANGS = 3
# What no repetition fixes: Twilio refuses the first, the connection of the second does not exist.
REFUSED, UNCONNECTED = 20, 10


@pytest.fixture
def failing_twilio(twilio: TwilioSandbox) -> Iterator[TwilioSandbox]:
    yield twilio
    twilio.clear_faults()


def make_fail(twilio: TwilioSandbox, hanging: Iterable[str]) -> None:
    """Let the first request for each of these texts hang, accepted or not by turns, and all others fail at times."""
    for text, accepted in zip(hanging, cycle([True, False])):
        twilio.inject(Fault.Hang(seconds=20, accepted=accepted, body=text), match="POST /Messages")
    for fault in FAULTS:
        twilio.inject(fault, times=math.inf, match="POST /Messages", probability=FAULTY / len(FAULTS))


def strikes(requests: Iterable[RecordedRequest]) -> Counter[tuple[type, bool]]:
    """How often each kind of fault was met."""
    return Counter((type(request.fault), request.fault.accepted) for request in requests if request.fault)


def send_all(aws: LocalAws, inputs: list[QueueInput]) -> dict[str, str]:
    """Put the inputs into the send queue; returns the IDs of their records by their texts."""
    ids = dict[str, str]()
    for start in range(0, len(inputs), 10):
        batch = inputs[start : start + 10]
        entries = [{"Id": str(number), "MessageBody": one.body} for number, one in enumerate(batch)]
        answer = aws.sqs.send_message_batch(QueueUrl=aws.outputs["SendQueueUrl"], Entries=entries)  # type: ignore[arg-type]
        assert not answer.get("Failed")
        ids |= {batch[int(record["Id"])].text: record["MessageId"] for record in answer["Successful"]}
    return ids


def refusals(log: Iterable[str]) -> tuple[Counter[str], list[str], Counter[str]]:
    """What a log says of inputs that were given up: their causes, their SQS message IDs; and the causes counted."""
    lines = [line for line in log if line.startswith("{")]
    logged = [one for one in map(json.loads, lines) if one.get("message", "").startswith("An input of the send queue")]
    counted = Counter(found["cause"] for name, found, _ in emitted("\n".join(lines)) if name == "SendsRefused")
    return Counter(one["cause"] for one in logged), [one["sqs_message_id"] for one in logged], counted


@pytest.mark.endurance
def test_each_of_1000_inputs_ends_in_one_place_and_is_sent_at_most_once(
    aws: LocalAws, watcher: BusWatcher, failing_twilio: TwilioSandbox
) -> None:
    requests_before, logged_before = len(failing_twilio.requests), len(aws.logs("SendSmsFunction"))
    # Digits, so that a text can be a number; as many in each, so that none is part of another.
    name = f"7{uuid.uuid4().int % 10**9:09}"
    texts = [f"{name}{number:04}" for number in range(INPUTS)]
    refused, unconnected = texts[:REFUSED], texts[REFUSED : REFUSED + UNCONNECTED]
    changes = {text: {"to": "+15005550001"} for text in refused}
    changes |= {text: {"connection": "nobodys-own"} for text in unconnected}
    inputs = {one.text: one for one in mixture(texts, changes)}
    sendable = [text for text in texts[REFUSED + UNCONNECTED :] if inputs[text].is_one]
    # Far from each other, so that hangs of both kinds meet inputs of both kinds, with and without a key.
    make_fail(failing_twilio, sendable[INPUTS // 4 : INPUTS // 2 : INPUTS // 4 // (2 * HANGS)][: 2 * HANGS])
    dead, known_by = Letters(aws, "SendDeadLetterQueueUrl"), dict[str, str]()

    def told() -> list[tuple[str, BusEvent]]:
        """What was published of the inputs, by text."""
        kinds = ("Message Sent", "Message Send Failed")
        events = [event for event in watcher.drain() if event.detail_type in kinds]
        return [(known_by[event.detail["id"]], event) for event in events if event.detail["id"] in known_by]

    def ends() -> dict[str, set[str]]:
        by_end: dict[str, set[str]] = {"Message Sent": set(), "Message Send Failed": set()}
        for text, event in told():
            by_end[event.detail_type].add(text)
        letters = "\n".join(dead.drain())
        return {**by_end, DEAD: {text for text in texts if text in letters}}

    def accepted() -> Counter[str]:
        return Counter(message.body for message in failing_twilio.messages if message.body in inputs)

    # The hold is longer than the sandbox takes to list a message, as it is to be.
    with (
        send_queue(aws, visibility=30, batch=10, receives=3),
        configured(aws, ["SendSmsFunction"], 28, UNKNOWN_HOLD_SECONDS="1"),
    ):
        ids = send_all(aws, list(inputs.values()))
        known_by |= {inputs[text].key or f"sqs:{message_id}": text for text, message_id in ids.items()}
        wait_until(lambda: len(accepted()) > INPUTS / 3)
        before = unreached(aws)
        with failing_twilio.unreachable():
            wait_until(lambda: unreached(aws) > before)
        wait_until(lambda: set().union(*ends().values()) == inputs.keys())

    struck = strikes(failing_twilio.requests[requests_before:])
    assert struck.keys() >= {(type(fault), fault.accepted) for fault in FAULTS}
    assert struck[Fault.Hang, True] == struck[Fault.Hang, False] == HANGS
    end = ends()
    assert sum(map(len, end.values())) == INPUTS, "an input ended twice"
    # Where faults hit an input at each of its receptions, Twilio never comes to refuse it.
    no_inputs = {text for text in texts if not inputs[text].is_one}
    assert no_inputs <= end["Message Send Failed"] <= no_inputs | set(refused)
    assert set(refused) <= end["Message Send Failed"] | end[DEAD]
    assert set(unconnected) <= end[DEAD]
    causes, logged, counted = refusals(aws.logs("SendSmsFunction")[logged_before:])
    assert {ids[text] for text in end["Message Send Failed"]} <= set(logged)
    assert causes == counted
    assert set(accepted().values()) == {1}
    assert end["Message Sent"] <= accepted().keys()
