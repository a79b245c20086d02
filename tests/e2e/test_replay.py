"""Dead letters of the deployed stack are replayed: sent once, published once, and no poll repeated."""

import json
import uuid

from local.aws import LocalAws
from local.bus import BusWatcher
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from operations.replay.main import main
from tests.support.deployed_commands import Operator
from tests.support.deployed_webhooks import of_type
from tests.support.webhook_requests import load_event


def text(body: str) -> dict[str, str]:
    return {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": body}


def put(aws: LocalAws, output: str, body: str) -> str:
    return aws.sqs.send_message(QueueUrl=aws.outputs[output], MessageBody=body)["MessageId"]


def test_sends_and_events_are_replayed_and_what_was_sent_is_not_sent_again(
    operator: Operator, aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    queued, invoked, again = (f"{kind} {uuid.uuid4()}" for kind in ("queued", "invoked", "again"))
    request_id, known = str(uuid.uuid4()), str(uuid.uuid4())
    aws.invoke("SendSmsFunction", {**text(again), "idempotencyKey": known})
    message_id = put(aws, "SendDeadLetterQueueUrl", json.dumps(text(queued)))
    for key, body in ((request_id, invoked), (known, again)):
        record = {"requestContext": {"requestId": key}, "requestPayload": text(body), "responsePayload": {}}
        put(aws, "SendFailureQueueUrl", json.dumps(record))
    [undelivered] = load_event("undelivered-queue")["Records"]
    put(aws, "UndeliveredDeadLetterQueueUrl", undelivered["body"])
    put(aws, "PollDeadLetterQueueUrl", "{}")

    status, out = operator.run(main)

    assert status == 0, out
    assert [line for line in out.splitlines() if line.startswith(("ok", "warn"))] == [
        "ok    SendDeadLetterQueue: 1 moved to SendQueue.",
        "ok    SendFailureQueue: 2 moved to SendQueue.",
        "ok    UndeliveredDeadLetterQueue: 1 moved to UndeliveredQueue.",
        "warn  PollDeadLetterQueue: 1 failed polls. "
        "They need no replay: the next successful one goes on at the cursor.",
        "ok    PollScheduleDeadLetterQueue: 0 failed polls.",
        "ok    ReconcileDeadLetterQueue: 0 failed reconciliations.",
        "ok    ReconcileScheduleDeadLetterQueue: 0 failed reconciliations.",
    ]
    for key in (f"sqs:{message_id}", request_id, known):
        watcher.wait_for(of_type("Message Sent", key))
    event = json.loads(undelivered["body"])
    watcher.wait_for(of_type(event["detailType"], json.loads(event["detail"])["id"]))
    bodies = [message.body for message in twilio.messages]
    assert [bodies.count(body) for body in (queued, invoked, again)] == [1, 1, 1]


def test_a_dry_run_leaves_all_and_forgotten_polls_are_gone(operator: Operator, aws: LocalAws) -> None:
    for output in ("SendDeadLetterQueueUrl", "PollDeadLetterQueueUrl"):
        put(aws, output, "no input")

    for _ in range(2):
        status, out = operator.run(main, "--dry-run")
        assert status == 0
        assert "ok    SendDeadLetterQueue: 1 waiting.\nok    SendFailureQueue: 0 waiting.\n" in out
        assert "ok    PollDeadLetterQueue: 1 waiting.\n" in out
    assert "PollDeadLetterQueue: 1 deleted" in operator.run(main, "--forget-polls")[1]
    _, out = operator.run(main, "--dry-run")

    # Messages that are not inputs are still there for someone to look at.
    assert "ok    SendDeadLetterQueue: 1 waiting.\n" in out
    assert "ok    PollDeadLetterQueue: 0 waiting.\n" in out
