"""A thousand inputs through the send queue while Twilio fails in every way: each ends in one place, and only once."""

import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle

import pytest

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import Fault, RecordedRequest, TwilioSandbox
from tests.support.deployed_configuration import configured, send_queue, wait_until
from tests.support.send_outcomes import DEAD, Letters, Outcomes, unreached

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
# What no repetition mends: Twilio refuses the first, the connection of the second does not exist.
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


def send_all(aws: LocalAws, inputs: list[dict[str, str]]) -> dict[str, str]:
    """Put the inputs into the send queue; returns the IDs of their records by their texts."""
    ids = dict[str, str]()
    for start in range(0, len(inputs), 10):
        batch = inputs[start : start + 10]
        entries = [{"Id": str(number), "MessageBody": json.dumps(one)} for number, one in enumerate(batch)]
        answer = aws.sqs.send_message_batch(QueueUrl=aws.outputs["SendQueueUrl"], Entries=entries)  # type: ignore[arg-type]
        assert not answer.get("Failed")
        ids |= {batch[int(record["Id"])]["message"]: record["MessageId"] for record in answer["Successful"]}
    return ids


@pytest.mark.endurance
def test_each_of_1000_inputs_ends_in_one_place_and_is_sent_at_most_once(
    aws: LocalAws, watcher: BusWatcher, failing_twilio: TwilioSandbox
) -> None:
    name, requests_before = f"volume {uuid.uuid4()}", len(failing_twilio.requests)
    texts = [f"{name} {number}" for number in range(INPUTS)]
    inputs = {text: {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": text} for text in texts}
    # In pairs, so that hangs of both kinds meet inputs of both kinds.
    for text in (text for number, text in enumerate(texts) if number % 4 < 2):
        inputs[text]["idempotencyKey"] = text
    refused, unconnected = texts[:REFUSED], texts[REFUSED : REFUSED + UNCONNECTED]
    for text in refused:
        inputs[text]["to"] = "+15005550001"
    for text in unconnected:
        inputs[text]["connection"] = "nobodys-own"
    make_fail(failing_twilio, texts[INPUTS // 4 : INPUTS // 2 : INPUTS // 4 // (2 * HANGS)][: 2 * HANGS])
    outcomes, dead = Outcomes(aws, failing_twilio, watcher), Letters(aws, "SendDeadLetterQueueUrl")

    def told() -> list[tuple[str, BusEvent]]:
        """What was published of the inputs, by text."""
        return [(event.detail["body"]["data"]["input"]["message"], event) for event in outcomes.events(name)]

    def ends() -> dict[str, set[str]]:
        by_end: dict[str, set[str]] = {"Message Sent": set(), "Message Send Failed": set()}
        for text, event in told():
            by_end[event.detail_type].add(text)
        return {**by_end, DEAD: {json.loads(body)["message"] for body in dead.drain() if name in body}}

    def accepted() -> Counter[str]:
        return Counter(message.body for message in failing_twilio.messages if message.body in inputs)

    # The hold is longer than the sandbox takes to list a message, as it is to be.
    with (
        send_queue(aws, visibility=30, batch=10, receives=3),
        configured(aws, ["SendSmsFunction"], 28, UNKNOWN_HOLD_SECONDS="1"),
    ):
        ids = send_all(aws, list(inputs.values()))
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
    assert end["Message Send Failed"] <= set(refused) <= end["Message Send Failed"] | end[DEAD]
    assert set(unconnected) <= end[DEAD]
    assert {(text, event.detail["id"]) for text, event in told()} == {
        (text, inputs[text].get("idempotencyKey", f"sqs:{ids[text]}"))
        for text in end["Message Sent"] | end["Message Send Failed"]
    }
    assert set(accepted().values()) == {1}
    assert end["Message Sent"] <= accepted().keys()
