"""Sends through the deployed stack: directly, through the queue, and their way back as status callbacks."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

from local.aws import FunctionError, LocalAws
from local.bus import BusWatcher
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_webhooks import inbound, of_type, post_webhook


def text(body: str = "Hello") -> dict[str, str]:
    return {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": body}


def test_a_sent_text_reports_its_delivery_through_the_webhook(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    message = aws.invoke("SendSmsFunction", {**text(), "to": "(555) 123-4567"})["data"]

    assert (message["to"], message["from"], message["body"]) == (SANDBOX_RECIPIENT, SANDBOX_SENDER, "Hello")
    event = watcher.wait_for(of_type("Message Status Updated", f"{message['sid']}:delivered"))
    assert event.detail["connection"] == "default"
    assert event.detail["accountSid"] == twilio.account_sid
    assert event.detail["body"]["data"]["MessageStatus"] == "delivered"
    assert aws.invoke("GetSmsFunction", {"messageSid": message["sid"]})["data"]["status"] == "delivered"


def test_an_api_key_without_an_auth_token_can_send_and_asks_for_no_callback(
    aws: LocalAws, twilio: TwilioSandbox
) -> None:
    key = {"apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    aws.put_connection("keyonly", {"accountSid": twilio.account_sid, **key})

    message = aws.invoke("SendSmsFunction", {**text("quiet"), "connection": "keyonly"})["data"]

    assert message["status"] == "queued"
    create = next(request for request in reversed(twilio.requests) if request.method == "POST")
    assert "StatusCallback" not in create.form
    assert post_webhook(aws, inbound(twilio), twilio.auth_token, "keyonly").status == 403


def test_the_send_queue_publishes_what_became_of_each_input(aws: LocalAws, watcher: BusWatcher) -> None:
    good, bad = f"good-{uuid.uuid4()}", f"bad-{uuid.uuid4()}"
    inputs = [{**text("from the queue"), "idempotencyKey": good}, {**text(), "to": "12", "idempotencyKey": bad}]
    for one in inputs:
        aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(one))

    sent = watcher.wait_for(of_type("Message Sent", good))
    failed = watcher.wait_for(of_type("Message Send Failed", bad))

    assert sent.detail["body"]["data"]["input"] == inputs[0]
    assert sent.detail["body"]["data"]["message"]["body"] == "from the queue"
    assert failed.detail["body"]["data"]["error"]["type"] == "InvalidInputError"


def test_the_same_key_sends_one_message_however_many_callers_use_it(aws: LocalAws, twilio: TwilioSandbox) -> None:
    request = {**text(f"once {uuid.uuid4()}"), "idempotencyKey": f"key-{uuid.uuid4()}"}

    def send(_: int) -> str:
        try:
            return str(aws.invoke("SendSmsFunction", request)["data"]["sid"])
        except FunctionError as exc:
            return exc.error_type

    with ThreadPoolExecutor(4) as callers:
        answers = set(callers.map(send, range(8)))

    sids = {answer for answer in answers if answer.startswith("SM")}
    assert len(sids) == 1
    assert answers - sids <= {"SendInProgressError"}
    assert len([message for message in twilio.messages if message.body == request["message"]]) == 1
