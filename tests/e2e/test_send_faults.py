"""Every fault of the network, met by sends that come in every way and come again: nobody is texted twice.

The sandbox's own count is the judge. All sends run side by side, each with a text of its own that its fault knows.
A killed process stands in `tests/integration/test_send_killed.py`: which process serves whom is not told here.
"""

import hashlib
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.configuration import configured, send_queue, wait_until
from tests.local.aws import FunctionError, LocalAws
from tests.local.bus import BusWatcher
from tests.local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from tests.local.twilio_sandbox import Fault, TwilioSandbox

# Just long enough for the queue to begin a send.
TIMEOUT = 28
# By name: the faults that a first creation meets, and whether Twilio accepted the message.
FAULTS: dict[str, tuple[list[Any], bool]] = {
    "refused connection": ([], False),
    "429 three times": ([Fault.Throttle] * 3, True),
    "500 before accepting": ([Fault.ServerError], False),
    "500 after accepting": ([Fault.ServerError], True),
    "reset after accepting": ([Fault.Reset], True),
    "hang before accepting": ([Fault.Hang], False),
    "hang after accepting": ([Fault.Hang], True),
}
WAYS = ["with key", "without key", "queue", "asynchronous"]


@dataclass
class Cell:
    """One send, its key empty where it has none, and what its callers were told: SIDs and errors."""

    fault: str
    way: str
    text: str = field(default_factory=lambda: f"fault {uuid.uuid4()}")
    sids: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def input(self) -> dict[str, str]:
        """What is sent."""
        key = {} if self.way == "without key" else {"idempotencyKey": self.text}
        return {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": self.text, **key}

    def send(self, aws: LocalAws) -> None:
        """Send it once, in its way."""
        if self.way == "queue":
            aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(self.input))
        elif self.way == "asynchronous":
            name, payload = aws.outputs["SendSmsFunction"], json.dumps(self.input).encode()
            aws.lambda_.invoke(FunctionName=name, Payload=payload, InvocationType="Event")
        else:
            self.ask(aws)

    def ask(self, aws: LocalAws) -> None:
        """Send it as a caller who waits for the answer."""
        try:
            self.sids.append(aws.invoke("SendSmsFunction", self.input)["data"]["sid"])
        except FunctionError as exc:
            self.errors.append(exc.message)

    def settle(self, aws: LocalAws) -> None:
        """Ask after the hold, until there is an answer, which may have to wait for others who are at it."""

        def has_answer() -> bool:
            self._let_the_hold_pass(aws)
            before = len(self.sids)
            self.ask(aws)
            return len(self.sids) > before

        wait_until(has_answer)

    def _let_the_hold_pass(self, aws: LocalAws) -> None:
        """Make the record of an unknown outcome as old as that."""
        key, dynamodb = hashlib.sha256(self.text.encode()).hexdigest(), aws.session.client("dynamodb")
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.update_item(
                TableName=aws.outputs["StateTableName"],
                Key={"pk": {"S": f"send#default#{key}"}, "sk": {"S": "record"}},
                UpdateExpression="SET attempted = attempted - :hold",
                ConditionExpression="#state = :unknown",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":hold": {"N": "86400"}, ":unknown": {"S": "unknown"}},
            )


def unreached(aws: LocalAws) -> int:
    """How many sends have failed because Twilio could not be reached."""
    return sum('"outcome":"TwilioUnavailableError"' in line for line in aws.logs("SendSmsFunction"))


@pytest.fixture(scope="module")
def cells(aws: LocalAws, twilio: TwilioSandbox) -> list[Cell]:
    """All of them, when everything has happened to them."""
    every = [Cell(fault, way) for fault in FAULTS for way in WAYS]
    for cell in every:
        kinds, accepted = FAULTS[cell.fault]
        for kind in kinds:
            seconds = {"seconds": 20.0} if kind is Fault.Hang else {}
            accepting = accepted and kind is not Fault.Throttle
            twilio.inject(kind(**seconds, accepted=accepting, body=cell.text), match="POST /Messages")

    def everybody(of: list[Cell], action: Any) -> None:
        with ThreadPoolExecutor(len(of)) as callers:
            list(callers.map(action, of))

    refused = [cell for cell in every if not FAULTS[cell.fault][0]]
    with send_queue(aws, visibility=TIMEOUT // 2, batch=1), configured(aws, ["SendSmsFunction"], TIMEOUT):
        with twilio.unreachable():
            everybody(refused, lambda cell: cell.send(aws))
            wait_until(lambda: unreached(aws) >= len(refused))
        everybody([cell for cell in every if cell not in refused], lambda cell: cell.send(aws))
        everybody(every, lambda cell: cell.send(aws))
        everybody([cell for cell in every if cell.way != "without key"], lambda cell: cell.settle(aws))
        everybody(every, lambda cell: cell.send(aws))
    return every


def messages(twilio: TwilioSandbox, cell: Cell) -> list[str]:
    return [message.sid for message in twilio.messages if message.body == cell.text]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "without key"])
@pytest.mark.parametrize("fault", FAULTS)
def test_one_text_under_one_key(
    cells: list[Cell], twilio: TwilioSandbox, watcher: BusWatcher, fault: str, way: str
) -> None:
    (cell,) = (cell for cell in cells if (cell.fault, cell.way) == (fault, way))
    (sid,) = messages(twilio, cell)
    # The last caller has an answer, and nobody ever had another one.
    assert set(cell.sids) == {sid}, cell.errors
    told = [event for event in watcher.drain() if event.detail.get("id") == cell.text]
    assert {event.detail_type for event in told} <= {"Message Sent"}
    assert {event.detail["body"]["data"]["message"]["sid"] for event in told} <= {sid}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_text_for_each_call_without_a_key_that_reported_one(
    cells: list[Cell], twilio: TwilioSandbox, fault: str
) -> None:
    (cell,) = (cell for cell in cells if (cell.fault, cell.way) == (fault, "without key"))
    assert sorted(messages(twilio, cell)) == sorted(cell.sids)
    assert len(cell.sids) == (3 if FAULTS[fault][1] else 2), cell.errors
