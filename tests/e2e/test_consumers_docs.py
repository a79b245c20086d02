"""The examples of docs/consumers.md, deployed and run by its own commands."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.stage import SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.webhook_params import inbound_params
from tests.support.deployed_configuration import wait_until
from tests.support.deployed_stacks import stack_output, stack_resource
from tests.support.deployed_webhooks import inbound, post_webhook, status_callback
from tests.support.documents import commands, run

pytestmark = pytest.mark.docs


@pytest.fixture(scope="module")
def consumers(aws: LocalAws, twilio: TwilioSandbox) -> Iterator[str]:
    """What the commands of the page on consumers print, done one after the other."""
    twilio.add()
    yield run("\n".join(commands(PROJECT_ROOT / "docs" / "consumers.md")), aws.environment)
    # It would be invoked for each event of the tests to come.
    aws.cloudformation.delete_stack(StackName="message-status")


def test_the_consumers_get_their_events(aws: LocalAws, twilio: TwilioSandbox, consumers: str) -> None:
    # The account's older messages, which the page's last commands poll.
    (published,) = re.findall(r'"published": (\d+)', consumers)
    assert int(published) > 0
    text, failure = inbound(twilio, "To be consumed"), status_callback(twilio, "failed")
    for form in (text, failure):
        assert post_webhook(aws, form, twilio.auth_token).status < 300
    queue = stack_output(aws, "failed-deliveries", "QueueUrl")
    collected: list[str] = []

    def is_collected() -> bool:
        answer = aws.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        collected.extend(json.loads(one["Body"])["detail"]["id"] for one in answer.get("Messages", []))
        return bool(collected)

    wait_until(is_collected)
    assert collected == [f"{failure['MessageSid']}:failed"]
    function = stack_output(aws, "inbound-texts", "FunctionName")
    logs = aws.session.client("logs")
    group = aws.lambda_.get_function_configuration(FunctionName=function)["LoggingConfig"]["LogGroup"]

    def is_told() -> bool:
        with suppress(logs.exceptions.ResourceNotFoundException):
            events = logs.filter_log_events(logGroupName=group)["events"]
            return any(text["MessageSid"] in event["message"] for event in events)
        return False

    wait_until(is_told)


@pytest.mark.usefixtures("consumers")
def test_the_files_of_an_inbound_message_get_into_the_bucket(aws: LocalAws, twilio: TwilioSandbox) -> None:
    files = [("video/mp4", bytes(range(256)) * 64 * 1024), ("image/png", b"a picture")]
    sid = twilio.receive(from_="+15558675309", to="+15551234567", body="Look", media=files)
    form = inbound_params(twilio.messages[-1])
    # Twilio may report it twice.
    for _ in range(2):
        assert post_webhook(aws, form, twilio.auth_token).status == 200
    s3, bucket = aws.session.client("s3"), stack_output(aws, "inbound-media", "BucketName")
    keys = [
        f"{sid}/{file.sid}{extension}"
        for file, extension in zip(twilio.messages[-1].media, (".mp4", ".png"), strict=True)
    ]

    def listed() -> list[str]:
        return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]

    wait_until(lambda: len(listed()) == 2)
    assert sorted(listed()) == sorted(keys)
    saved = [s3.get_object(Bucket=bucket, Key=key) for key in keys]
    assert [(each["ContentType"], each["Body"].read()) for each in saved] == files
    queue = stack_output(aws, "inbound-media", "DeadLetterQueueUrl")
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=queue)


# A conversation of which no other test knows.
RECIPIENT = "+15557650123"
PAIR = " ".join(sorted((SANDBOX_SENDER, RECIPIENT)))
DELIVERED = ("delivered", None)


def conversation(aws: LocalAws) -> dict[str, tuple[str, str | None]]:
    """By SID, status and error code of its messages, by the page's query."""
    answer = aws.session.client("dynamodb").query(
        TableName=stack_output(aws, "message-status", "TableName"),
        IndexName="conversations",
        KeyConditionExpression="conversation = :pair",
        ExpressionAttributeValues={":pair": {"S": PAIR}},
    )
    return {
        item["sid"]["S"]: (item["messageStatus"]["S"], item.get("errorCode", {}).get("S")) for item in answer["Items"]
    }


def log_of_statuses(aws: LocalAws) -> str:
    group = stack_resource(aws, "message-status", "MessageStatusLogGroup")
    pages = aws.session.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return "\n".join(event["message"] for page in pages for event in page["events"])


@pytest.mark.usefixtures("consumers")
def test_the_table_has_the_highest_status_of_each_message_of_a_conversation(
    aws: LocalAws, twilio: TwilioSandbox
) -> None:
    """Texts of the queue take their course; callbacks come in reversed order, each twice."""
    for text in ("One of two", "Two of two"):
        given = {"to": RECIPIENT, "from": SANDBOX_SENDER, "message": text}
        aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(given))
    wait_until(lambda: list(conversation(aws).values()) == [DELIVERED, DELIVERED])
    texts = sorted(conversation(aws))
    assert texts == sorted(message.sid for message in twilio.messages if message.to == RECIPIENT)
    answer = {**inbound(twilio), "From": RECIPIENT}
    failed, read = (inbound(twilio)["MessageSid"] for _ in range(2))
    posted = [(failed, "undelivered"), (failed, "sent"), (failed, "queued"), (read, "read"), (read, "delivered")]
    posted += [(sid, "sent") for sid in texts]

    for sid, status in posted:
        form = {**status_callback(twilio, status), "MessageSid": sid, "SmsSid": sid, "To": RECIPIENT}
        code = {"ErrorCode": "30005"} if status == "undelivered" else {}
        for _ in range(2):
            assert post_webhook(aws, form | code, twilio.auth_token).status == 204
    assert post_webhook(aws, answer, twilio.auth_token).status == 200

    # What the queue said of the texts, what their own callbacks did, and what was posted.
    due = Counter([(sid, status) for sid in texts for status in ("queued", "sent", "delivered")])
    due += Counter([*posted, *posted, (answer["MessageSid"], "received")])
    wait_until(lambda: Counter(re.findall(r"(SM\w+) (\w+) (?:is|came)", log_of_statuses(aws))) >= due)
    assert conversation(aws) == {
        **dict.fromkeys(texts, DELIVERED),
        answer["MessageSid"]: ("received", None),
        failed: ("undelivered", "30005"),
        read: ("read", None),
    }
    assert not re.search(r"\+\d{6}", log_of_statuses(aws))
    queue = stack_output(aws, "message-status", "DeadLetterQueueUrl")
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=queue)
