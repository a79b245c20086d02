"""Sends through the deployed stack whose answers are lost: one message each, and the caller gets it."""

import json
import uuid
from typing import Any

import pytest

from tests.e2e.webhooks import of_type
from tests.local.aws import LocalAws
from tests.local.bus import BusWatcher
from tests.local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from tests.local.twilio_sandbox import Fault, TwilioSandbox

LOST = [Fault.ServerError(accepted=True), Fault.Reset(accepted=True), Fault.Garbage(accepted=True)]


def unique_send() -> dict[str, str]:
    name = f"lost {uuid.uuid4()}"
    return {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": name, "idempotencyKey": name}


def sids(twilio: TwilioSandbox, send: dict[str, str]) -> list[str]:
    return [message.sid for message in twilio.messages if message.body == send["message"]]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: type(fault).__name__)
def test_a_caller_gets_the_message_that_twilio_accepted_and_so_does_a_repeat(
    aws: LocalAws, twilio: TwilioSandbox, fault: Any
) -> None:
    send = unique_send()
    twilio.inject(fault, match="POST /Messages")

    answers = [aws.invoke("SendSmsFunction", send)["data"]["sid"] for _ in range(2)]

    assert answers == sids(twilio, send) * 2


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: type(fault).__name__)
def test_an_input_of_the_queue_whose_answer_was_lost_is_published_as_sent(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, fault: Any
) -> None:
    send = unique_send()
    twilio.inject(fault, match="POST /Messages")

    aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(send))

    sent = watcher.wait_for(of_type("Message Sent", send["idempotencyKey"]))
    assert [sent.detail["body"]["data"]["message"]["sid"]] == sids(twilio, send)
