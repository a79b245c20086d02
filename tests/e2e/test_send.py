"""Sends through the deployed stack: directly, through the queue, and their way back as status callbacks."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from local.aws import FunctionError, LocalAws
from local.bus import BusWatcher
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import Fault, TwilioSandbox
from tests.support.deployed_configuration import configured, send_queue, wait_until
from tests.support.deployed_webhooks import inbound, of_type, post_webhook
from tests.support.send_outcomes import Outcomes


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

    body = f"quiet {uuid.uuid4()}"
    message = aws.invoke("SendSmsFunction", {**text(body), "connection": "keyonly"})["data"]

    assert message["status"] == "queued"
    (create,) = (request for request in twilio.requests if request.form.get("Body") == body)
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


def test_a_send_whose_answer_was_lost_is_found_by_the_call_and_by_its_repeat(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    request = {**text(f"lost {uuid.uuid4()}"), "idempotencyKey": f"key-{uuid.uuid4()}"}
    twilio.inject(Fault.Reset(accepted=True, body=request["message"]), match="POST /Messages")

    first, again = (aws.invoke("SendSmsFunction", request)["data"]["sid"] for _ in range(2))

    outcomes = Outcomes(aws, twilio, watcher)
    assert outcomes.messages(request["message"]) == [first] == [again]
    assert len(outcomes.posts(request["message"])) == 1


def test_inputs_of_the_queue_that_meet_faults_are_sent_once_and_reported_once(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    faults = [
        Fault.Throttle(),
        Fault.ServerError(accepted=False),
        Fault.ServerError(accepted=True),
        Fault.Reset(accepted=False),
        Fault.Reset(accepted=True),
        Fault.Garbage(accepted=True),
    ]
    bodies = [f"faulty {uuid.uuid4()}" for _ in faults]
    for body, fault in zip(bodies, faults, strict=True):
        twilio.inject(replace(fault, body=body), match="POST /Messages")

    # The hold is longer than the sandbox takes to list a message. What comes back from the queue finds it over.
    with (
        send_queue(aws, visibility=5, batch=10),
        configured(aws, ["SendSmsFunction"], UNKNOWN_HOLD_SECONDS="1"),
    ):
        for body in bodies:
            aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(text(body)))

        outcomes = Outcomes(aws, twilio, watcher)
        wait_until(lambda: all(outcomes.ends(body) for body in bodies))

    assert [len(outcomes.messages(body)) for body in bodies] == [1] * len(bodies)
    # A record that is still at work when its time in the queue is over may be handed out, and reported, once more.
    assert [set(outcomes.ends(body)) for body in bodies] == [{"Message Sent"}] * len(bodies)
