"""Sends that meet a fault of the network, in each of the ways in which a send can come."""

import hashlib
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace

from local.aws import FunctionError, LocalAws
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import Fault, TwilioSandbox
from local.twilio_sandbox.faults import InjectedFault
from tests.support.deployed_configuration import wait_until

REFUSED = "refused connection"
# By name: what the first requests for a message meet. Connections are refused by a sandbox that does not listen.
FAULTS: dict[str, list[InjectedFault]] = {
    REFUSED: [],
    "429 three times": [Fault.Throttle()] * 3,
    "500 before accepting": [Fault.ServerError()],
    "500 after accepting": [Fault.ServerError(accepted=True)],
    "reset after accepting": [Fault.Reset(accepted=True)],
    "hang before accepting": [Fault.Hang(seconds=20)],
    "hang after accepting": [Fault.Hang(seconds=20, accepted=True)],
}
# Direct calls, records of the send queue and asynchronous invocations, each with a key of its own or the default.
DIRECT, QUEUE, ASYNCHRONOUS = "direct", "queue", "asynchronous"
BARE = "without key"
WAYS = [f"{way}, {key}" for way in (DIRECT, QUEUE, ASYNCHRONOUS) for key in ("with key", BARE)]


@dataclass
class FaultySend:
    """One send, and its callers' answers: SIDs and errors.

    *key* is empty where nobody but Lambda knows it; *records* is how often it was put into the send queue.
    """

    fault: str
    way: str
    text: str = field(default_factory=lambda: f"fault {uuid.uuid4()}")
    key: str = ""
    records: int = 0
    sids: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.way.endswith(BARE):
            self.key = self.text

    @property
    def is_ambiguous(self) -> bool:
        """Whether its first request leaves its outcome unknown."""
        return any(not isinstance(fault, Fault.Throttle) for fault in FAULTS[self.fault])

    @property
    def is_lost(self) -> bool:
        """Whether that request was in truth not accepted."""
        return self.is_ambiguous and not FAULTS[self.fault][0].accepted

    def prepare(self, twilio: TwilioSandbox) -> None:
        """Let the fault lie in wait for it."""
        for fault in FAULTS[self.fault]:
            twilio.inject(replace(fault, body=self.text), match="POST /Messages")

    def send(self, aws: LocalAws) -> None:
        """Send it once, in its way."""
        given = self._input("" if self.way.endswith(BARE) else self.key)
        if self.way.startswith(QUEUE):
            answer = aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(given))
            self.key, self.records = self.key or f"sqs:{answer['MessageId']}", self.records + 1
        elif self.way.startswith(ASYNCHRONOUS):
            name, payload = aws.outputs["SendSmsFunction"], json.dumps(given).encode()
            aws.lambda_.invoke(FunctionName=name, Payload=payload, InvocationType="Event")
        else:
            self._call(aws, given)

    def ask(self, aws: LocalAws) -> None:
        """Send it under its key, as a caller who waits for the answer."""
        self._call(aws, self._input(self.key))

    def settle(self, aws: LocalAws) -> None:
        """Ask after the hold, until there is an answer, which may have to wait for others who are at it."""

        def has_answer() -> bool:
            self._let_the_hold_pass(aws)
            before = len(self.sids)
            self.ask(aws)
            return len(self.sids) > before

        wait_until(has_answer)

    def _input(self, key: str) -> dict[str, str]:
        text = {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": self.text}
        return {**text, "idempotencyKey": key} if key else text

    def _call(self, aws: LocalAws, given: dict[str, str]) -> None:
        try:
            self.sids.append(aws.invoke("SendSmsFunction", given)["data"]["sid"])
        except FunctionError as exc:
            self.errors.append(exc.message)

    def _let_the_hold_pass(self, aws: LocalAws) -> None:
        """Make the record of an unknown outcome as old as that."""
        key, dynamodb = hashlib.sha256(self.key.encode()).hexdigest(), aws.session.client("dynamodb")
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.update_item(
                TableName=aws.outputs["StateTableName"],
                Key={"pk": {"S": f"send#default#{key}"}, "sk": {"S": "record"}},
                UpdateExpression="SET #left = #left - :hold",
                ConditionExpression="#state = :unknown",
                ExpressionAttributeNames={"#left": "left", "#state": "state"},
                ExpressionAttributeValues={":hold": {"N": "86400"}, ":unknown": {"S": "unknown"}},
            )
