"""The applications in examples/, deployed beside the connector by the commands of their pages, and at work."""

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.stage import SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.webhook_params import inbound_params
from tests.support.deployed_configuration import configured, wait_until
from tests.support.deployed_stacks import stack_output, stack_resource
from tests.support.deployed_webhooks import inbound, post_webhook, status_callback
from tests.support.documents import commands, run

pytestmark = pytest.mark.endurance

EXAMPLES = PROJECT_ROOT / "examples"
# Deployed by this file; others have tests of their own.
DEPLOYED = ["auto-reply", "delivery-report", "inbound-media", "one-time-code"]
EVERY_EVENT = ["auto-reply", "delivery-report", "inbound-media"]


@pytest.fixture(scope="module")
def examples(aws: LocalAws) -> Iterator[None]:
    """All of them, in one shell."""
    pages = [EXAMPLES / name / "README.md" for name in DEPLOYED]
    with configured(aws, ["SendSmsFunction"], None, MAX_SENDS_PER_RECIPIENT_PER_HOUR="3"):
        run("\n".join(command for page in pages for command in commands(page)), aws.environment)
        yield
    # They would be invoked for each event of the tests to come.
    for name in EVERY_EVENT:
        aws.cloudformation.delete_stack(StackName=name)


def person() -> str:
    """A number of which no other test knows, and which has not used up its limit."""
    return f"+1555{uuid.uuid4().int % 10**7:07}"


def texts_to(twilio: TwilioSandbox, number: str) -> list[Message]:
    return [message for message in twilio.messages if message.to == number]


def log_of(aws: LocalAws, stack: str, group: str) -> str:
    name = stack_resource(aws, stack, group)
    pages = aws.session.client("logs").get_paginator("filter_log_events").paginate(logGroupName=name)
    return "\n".join(event["message"] for page in pages for event in page["events"])


def invoke(aws: LocalAws, stack: str, output: str, given: dict[str, Any]) -> Any:
    answer = aws.lambda_.invoke(FunctionName=stack_output(aws, stack, output), Payload=json.dumps(given).encode())
    result = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, result
    return result


def assert_nothing_failed(aws: LocalAws, stack: str) -> None:
    queue = stack_output(aws, stack, "DeadLetterQueueUrl")
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=queue)


@pytest.mark.usefixtures("examples")
def test_who_texts_gets_one_answer_and_who_wants_none_gets_none(aws: LocalAws, twilio: TwilioSandbox) -> None:
    curious, tired = person(), person()

    def text(sender: str, body: str) -> str:
        form = {**inbound(twilio, body), "From": sender}
        for _ in range(2):
            assert post_webhook(aws, form, twilio.auth_token).status == 200
        return form["MessageSid"]

    def told(sid: str) -> str:
        """What the function's log says of a text, as often as its event came."""
        wait_until(
            lambda: len(re.findall(f"^{sid} ", log_of(aws, "auto-reply", "AutoReplyLogGroup"), re.MULTILINE)) >= 2
        )
        (line,) = set(re.findall(f"^{sid} (.*)$", log_of(aws, "auto-reply", "AutoReplyLogGroup"), re.MULTILINE))
        return str(line)

    assert told(text(curious, "A secret question")) == "is answered"
    wait_until(lambda: bool(texts_to(twilio, curious)))
    assert told(text(curious, "Another question")) == "is not answered: its sender has an answer"
    stop = text(tired, "STOP")
    assert told(stop) == "is not answered: it is a keyword"
    # The opt-out is an event of its own, which may come later than its text.
    table = stack_output(aws, "auto-reply", "TableName")
    dynamodb = aws.session.client("dynamodb")
    wait_until(lambda: any("optedOut" in item for item in dynamodb.scan(TableName=table)["Items"]))
    assert told(text(tired, "Hello?")) == "is not answered: its sender opted out"

    (answer,) = texts_to(twilio, curious)
    assert (answer.from_, "Reply STOP" in str(answer.body)) == (SANDBOX_SENDER, True)
    assert texts_to(twilio, tired) == []
    assert not re.search(r"\+1555|secret", log_of(aws, "auto-reply", "AutoReplyLogGroup"))
    assert_nothing_failed(aws, "auto-reply")


@pytest.mark.usefixtures("examples")
def test_a_code_is_sent_within_the_limits_and_good_once(aws: LocalAws, twilio: TwilioSandbox) -> None:
    phone = person()

    def ask(**given: str) -> Any:
        return invoke(aws, "one-time-code", "FunctionName", {"phone": phone, **given})

    outcomes = [ask(action="start")]
    # At the full hour as many are allowed again.
    while outcomes[-1] == {"sent": True} and len(outcomes) < 7:
        outcomes.append(ask(action="start"))

    assert outcomes[-1] == {"sent": False, "reason": "SendLimitError"}
    sent = [str(message.body)[:6] for message in texts_to(twilio, phone)]
    assert 3 <= len(sent) == len(outcomes) - 1
    wrong = f"{(int(sent[-1]) + 1) % 10**6:06}"
    verified = [ask(action="check", code=code)["verified"] for code in (wrong, sent[-1], sent[-1])]
    assert verified == [False, True, False]
    assert not re.search(rf"\+1555|{sent[-1]}", log_of(aws, "one-time-code", "OneTimeCodeLogGroup"))


@pytest.mark.usefixtures("examples")
def test_the_files_of_an_inbound_message_get_into_the_bucket(aws: LocalAws, twilio: TwilioSandbox) -> None:
    files = [("video/mp4", bytes(range(256)) * 64 * 1024), ("image/png", b"a picture")]
    sid = twilio.receive(from_=person(), to=SANDBOX_SENDER, body="Look", media=files)
    # The auto-reply answers it, too.
    (message,) = (each for each in twilio.messages if each.sid == sid)
    form = inbound_params(message)
    # Twilio may report it twice.
    for _ in range(2):
        assert post_webhook(aws, form, twilio.auth_token).status == 200
    s3, bucket = aws.session.client("s3"), stack_output(aws, "inbound-media", "BucketName")
    keys = [f"{sid}/{file.sid}{extension}" for file, extension in zip(message.media, (".mp4", ".png"), strict=True)]

    def listed() -> list[str]:
        return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]

    wait_until(lambda: len(listed()) == 2)
    assert sorted(listed()) == sorted(keys)
    saved = [s3.get_object(Bucket=bucket, Key=key) for key in keys]
    assert [(each["ContentType"], each["Body"].read()) for each in saved] == files
    assert_nothing_failed(aws, "inbound-media")


DELIVERED = ("delivered", None)


@pytest.mark.usefixtures("examples")
def test_the_report_has_the_highest_status_of_each_message_and_tells_what_became_of_a_key(
    aws: LocalAws, twilio: TwilioSandbox
) -> None:
    """Texts of the queue take their course; callbacks come in reversed order, each twice."""
    recipient = person()

    def conversation() -> dict[str, tuple[str, str | None]]:
        """By SID, status and error code of its messages, by the page's query."""
        answer = aws.session.client("dynamodb").query(
            TableName=stack_output(aws, "delivery-report", "TableName"),
            IndexName="conversations",
            KeyConditionExpression="conversation = :pair",
            ExpressionAttributeValues={":pair": {"S": " ".join(sorted((SANDBOX_SENDER, recipient)))}},
        )
        return {
            item["sid"]["S"]: (item["messageStatus"]["S"], item.get("errorCode", {}).get("S"))
            for item in answer["Items"]
        }

    def became(key: str) -> dict[str, Any]:
        told: dict[str, Any] = invoke(aws, "delivery-report", "WhatBecameFunction", {"idempotencyKey": key})
        return told

    keys = [f"report {uuid.uuid4()}" for _ in range(3)]
    for key, to in zip(keys, (recipient, recipient, "nobody"), strict=True):
        given = {"to": to, "from": SANDBOX_SENDER, "message": "A report", "idempotencyKey": key}
        aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(given))
    wait_until(lambda: [became(key).get("status") for key in keys] == ["delivered", "delivered", "not sent"])
    wait_until(lambda: list(conversation().values()) == [DELIVERED, DELIVERED])
    texts = sorted(conversation())
    assert texts == sorted(message.sid for message in texts_to(twilio, recipient))
    assert [became(key)["messageSid"] in texts for key in keys] == [True, True, False]
    assert became(keys[2])["errorType"] == "InvalidInputError"
    assert became("never sent") == {"known": False}
    failed, read = (inbound(twilio)["MessageSid"] for _ in range(2))
    posted = [(failed, "undelivered"), (failed, "sent"), (failed, "queued"), (read, "read"), (read, "delivered")]
    posted += [(sid, "sent") for sid in texts]

    for sid, status in posted:
        form = {**status_callback(twilio, status), "MessageSid": sid, "SmsSid": sid, "To": recipient}
        code = {"ErrorCode": "30005"} if status == "undelivered" else {}
        for _ in range(2):
            assert post_webhook(aws, form | code, twilio.auth_token).status == 204

    # What the queue said of the texts, what their own callbacks did, and what was posted.
    due = Counter([(sid, status) for sid in texts for status in ("queued", "sent", "delivered")])
    due += Counter([*posted, *posted])

    def told() -> str:
        return log_of(aws, "delivery-report", "MessageStatusLogGroup")

    wait_until(lambda: Counter(re.findall(r"(SM\w+) (\w+) (?:is|came)", told())) >= due)
    assert conversation() == {**dict.fromkeys(texts, DELIVERED), failed: ("undelivered", "30005"), read: ("read", None)}
    assert not re.search(r"\+\d{6}", told())
    assert_nothing_failed(aws, "delivery-report")
