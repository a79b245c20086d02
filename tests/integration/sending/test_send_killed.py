"""Processes killed after their request for a message has left: a repeat texts nobody twice."""

import hashlib
import os
import signal
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from flask import Request, Response

from local.invocation_slot import RuntimeEndedError
from local.lambda_process import LambdaProcess
from local.twilio_sandbox.answers import error_answer
from local.twilio_sandbox.errors import TwilioError
from local.twilio_sandbox.faults import InjectedFault
from tests.support.built_functions import SENDER, BuiltFunctions
from tests.support.webhook_requests import load_event
from tests.support.world import TABLE

# Nobody else's: a template whose outcome is unknown may be any text to the same recipient.
SEND = {"to": "+15551230077", "from": SENDER}
ENVIRONMENT = {"EVENT_BUS_NAME": "default", "UNDELIVERED_QUEUE_URL": "http://127.0.0.1:1/000000000000/undelivered"}


@dataclass(frozen=True)
class Silence(InjectedFault):
    """No answer before it is broken; nobody is there to hear it then."""

    reached: Event = field(default_factory=Event)
    broken: Event = field(default_factory=Event)

    def answer(self, request: Request, planned: Response | None, stopping: Event) -> Response:
        self.reached.set()
        self.broken.wait()
        return error_answer(TwilioError(503, 20503, "Service Unavailable"))


def with_key(process: LambdaProcess, text: str) -> str | None:
    """A direct call; returns what kind of error it ended with."""
    return process.invoke({**SEND, "message": text, "idempotencyKey": text}).error_type


def by_lambda(process: LambdaProcess, text: str) -> str | None:
    """An asynchronous invocation, which keeps its request ID when Lambda repeats it."""
    return process.invoke({**SEND, "message": text}, request_id=text).error_type


def without_key(process: LambdaProcess, text: str) -> str | None:
    """A direct call, each with a request ID of its own."""
    return process.invoke({**SEND, "message": text}).error_type


def from_the_queue(process: LambdaProcess, text: str) -> str | None:
    """A record; returns "returned" where it goes back to the queue."""
    event = load_event("send-queue")
    (record, *_) = event["Records"]
    body = f'{{"to": "{SEND["to"]}", "from": "{SEND["from"]}", "message": "{text}"}}'
    result = process.invoke({"Records": [{**record, "messageId": text, "body": body}]})
    return "returned" if result.payload["batchItemFailures"] else None


Way = Callable[[LambdaProcess, str], str | None]
WAYS: dict[Way, tuple[str, str, str]] = {
    with_key: ("", "SendInProgressError", "OutcomeUnknownError"),
    by_lambda: ("", "SendInProgressError", "OutcomeUnknownError"),
    from_the_queue: ("sqs:", "returned", "returned"),
}


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "not accepted"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_send_whose_process_was_killed_is_found_or_made_once(
    functions: BuiltFunctions, way: Way, accepted: bool
) -> None:
    text = f"killed-{uuid.uuid4()}"
    key, in_progress, unknown = WAYS[way]
    heir = functions.process("SendSmsFunction", "heir", **ENVIRONMENT)
    kill_in_mid_request(functions, way, text, accepted=accepted)

    assert way(heir, text) == in_progress
    backdate(functions, f"{key}{text}", "until")
    if not accepted:
        assert way(heir, text) == unknown
        backdate(functions, f"{key}{text}", "left")
    for _ in range(2):
        assert way(heir, text) is None
    assert texts_sent(functions, text) == 1


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "not accepted"])
def test_without_a_key_who_calls_again_after_a_kill_sends_again(functions: BuiltFunctions, accepted: bool) -> None:
    text = f"killed-{uuid.uuid4()}"
    heir = functions.process("SendSmsFunction", "heir", **ENVIRONMENT)
    kill_in_mid_request(functions, without_key, text, accepted=accepted)

    assert without_key(heir, text) is None
    assert texts_sent(functions, text) == 1 + accepted


def kill_in_mid_request(functions: BuiltFunctions, way: Way, text: str, *, accepted: bool) -> None:
    """Kill a process that waits for Twilio's answer to the request for a message of that text."""
    victim = functions.process("SendSmsFunction", text, **ENVIRONMENT)
    silence = Silence(accepted=accepted, body=text)
    functions.twilio.inject(silence, match="POST /Messages")

    with ThreadPoolExecutor() as threads:
        sending = threads.submit(way, victim, text)
        assert silence.reached.wait(timeout=30)
        os.kill(victim.pid, signal.SIGKILL)
        with pytest.raises(RuntimeEndedError):
            sending.result()
    silence.broken.set()


def texts_sent(functions: BuiltFunctions, text: str) -> int:
    return len([message for message in functions.twilio.messages if message.body == text])


def backdate(functions: BuiltFunctions, key: str, time: str) -> None:
    """Let that time of a record have been long ago."""
    values: dict[str, Any] = {":long_ago": {"N": "0"}}
    functions.aws.session.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"send#default#{hashlib.sha256(key.encode()).hexdigest()}"}, "sk": {"S": "record"}},
        UpdateExpression="SET #time = :long_ago",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeNames={"#time": time},
        ExpressionAttributeValues=values,
    )
