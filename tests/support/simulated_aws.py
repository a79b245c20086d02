"""AWS as the functions see it, over HTTP: DynamoDB, EventBridge with both kinds of bus, Secrets Manager and SQS.

What they answer, also where they refuse, has the form that botocore's own parsers read.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from local.schemas import validate_detail
from tests.support.custom_bus import TARGET, CustomBus, error
from tests.support.fakes import FakeBus
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.partial_batches import carried_out_in_part
from tests.support.simulated_network import ON_CUSTOM_BUS, Answer, Request
from tests.support.simulated_time import SimulatedTime

JSON = {"Content-Type": "application/x-amz-json-1.1"}
# What each service says of a failure of its own, and of too many calls.
FAILURES = {
    "DynamoDB_20120810": ("InternalServerError", "ThrottlingException"),
    "AWSEvents": ("InternalException", "ThrottlingException"),
    "secretsmanager": ("InternalServiceError", "ThrottlingException"),
    "AmazonSQS": ("InternalError", "RequestThrottled"),
}
# Calls that may be carried out in part.
PARTIAL = {
    "PutEvents",
    f"PutEvents {ON_CUSTOM_BUS}",
    "SendMessageBatch",
    "ChangeMessageVisibilityBatch",
    "BatchGetItem",
    "BatchWriteItem",
}


@dataclass
class Queued:
    """A message of a queue, hidden *until* then."""

    message_id: str
    body: str
    until: float = 0.0
    receives: int = 0


@dataclass
class Queue:
    """A queue; who receives deletes."""

    clock: SimulatedTime
    visibility: float = 180.0
    messages: list[Queued] = field(default_factory=list)
    _made: int = 0

    def send(self, body: str) -> None:
        """Put a message in."""
        self._made += 1
        self.messages.append(Queued(f"m{self._made}", body))

    def receive(self, most: int = 10) -> list[Queued]:
        """Messages that are not hidden, which are from now on."""
        found = [each for each in self.messages if each.until <= self.clock.now][:most]
        for each in found:
            each.until, each.receives = self.clock.now + self.visibility, each.receives + 1
        return found

    def delete(self, messages: list[Queued]) -> None:
        """Take them out."""
        self.messages = [each for each in self.messages if each not in messages]


@dataclass
class SimulatedAws:
    """One account's services: their contents are for tests to look at."""

    clock: SimulatedTime
    dynamodb: MemoryDynamoDB = field(default_factory=MemoryDynamoDB)
    bus: FakeBus = field(default_factory=FakeBus)
    secrets: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.undelivered = Queue(self.clock)
        self.custom_bus = CustomBus(clock=lambda: self.clock.now, deliver=self._deliver)

    def __call__(self, request: Request) -> Answer:
        """The answer to *request*."""
        if request.target == TARGET:
            return self.custom_bus(request)
        service, name = request.headers["x-amz-target"].split(".")
        given = json.loads(request.body)
        try:
            return _json(200, self._carry_out(service, name, given))
        except ClientError as exc:
            error: Any = exc.response
            known = {key: error[key] for key in ("CancellationReasons", "Item") if key in error}
            said = {"__type": error["Error"]["Code"], "message": error["Error"].get("Message", ""), **known}
            return _json(400, said)

    def put_secret(self, name: str, value: dict[str, Any], stage: str = "AWSCURRENT") -> None:
        """Store a version of a secret."""
        self.secrets[f"twilio/connections/{name}", stage] = (json.dumps(value), self.clock.now)

    def failed(self, request: Request) -> Answer:
        """What the service says of a failure of its own."""
        if request.target == TARGET:
            return error("InternalException")
        code = FAILURES[request.headers["x-amz-target"].split(".")[0]][0]
        return _json(500, {"__type": code, "message": "failed"})

    def throttled(self, request: Request) -> Answer:
        """What it says of too many calls."""
        if request.target == TARGET:
            return error("ThrottlingException")
        code = FAILURES[request.headers["x-amz-target"].split(".")[0]][1]
        return _json(400, {"__type": code, "message": "Rate exceeded"})

    def partly(self, request: Request) -> Answer:
        """The answer where the last of what is asked for, or all of it if that is one, is not done."""
        if request.target == TARGET:
            return self.custom_bus.failing_last(request)
        service, name = request.headers["x-amz-target"].split(".")
        given = json.loads(request.body)
        if name in ("BatchGetItem", "BatchWriteItem"):

            def carry_out(**some: Any) -> Any:
                return self._carry_out(service, name, some)

            items = given["RequestItems"]
            return _json(200, carried_out_in_part(xform_name(name), items, lambda count: count - 1, carry_out))
        if name == "PutEvents":
            self.bus.refusals.insert(0, 1)
            return _json(200, self._carry_out(service, name, given))
        entries = given["Entries"]
        answer = (
            self._carry_out(service, name, {**given, "Entries": entries[:-1]}) if entries[1:] else {"Successful": []}
        )
        failed = {"Id": entries[-1]["Id"], "SenderFault": False, "Code": "InternalError"}
        return _json(200, {**answer, "Failed": [failed]})

    def _carry_out(self, service: str, name: str, given: dict[str, Any]) -> Any:
        if service == "DynamoDB_20120810":
            return self._dynamodb(name, given)
        return getattr(self, f"_{xform_name(name)}")(**given)

    def _dynamodb(self, name: str, given: dict[str, Any]) -> Any:
        token = given.get("ClientRequestToken", "")
        if token in self.tokens:
            # As DynamoDB documents: a transaction is not carried out again under its token.
            assert self.tokens[token] == given
            return {}
        answer = getattr(self.dynamodb, xform_name(name))(**given)
        if token:
            self.tokens[token] = given
        return answer

    def _put_events(self, **given: Any) -> Any:
        return self.bus.put_events(**given)

    def _deliver(self, entry: Any) -> None:
        """What a Custom Event Bus has taken is looked for where everything else is."""
        validate_detail(entry["DetailType"], json.loads(entry["Detail"]))
        self.bus.entries.append(entry)

    def _get_secret_value(self, **given: Any) -> Any:
        found = self.secrets.get((given["SecretId"], given["VersionStage"]))
        if not found:
            message = "Secrets Manager can't find the specified secret."
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": message}}, "GetSecretValue")
        return {"SecretString": found[0], "CreatedDate": found[1]}

    def _send_message_batch(self, **given: Any) -> Any:
        assert len({each["Id"] for each in given["Entries"]}) == len(given["Entries"]) <= 10
        for each in given["Entries"]:
            self.undelivered.send(each["MessageBody"])
        sent = [{"Id": each["Id"], "MessageId": each["Id"], "MD5OfMessageBody": ""} for each in given["Entries"]]
        return {"Successful": sent}

    def _change_message_visibility_batch(self, **given: Any) -> Any:
        by_receipt = {each.message_id: each for each in self.undelivered.messages}
        for each in given["Entries"]:
            by_receipt[each["ReceiptHandle"]].until = self.clock.now + each["VisibilityTimeout"]
        return {"Successful": [{"Id": each["Id"]} for each in given["Entries"]]}


def _json(status: int, body: Any) -> Answer:
    return Answer(status, JSON, json.dumps(body).encode())
