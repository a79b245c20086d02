"""Ways in which a deployed stack is broken for a while."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from math import inf

import pytest
import urllib3

from local.aws import LocalAws
from local.twilio_sandbox import OwnedNumber, TwilioSandbox, WebhookRule
from local.twilio_sandbox.faults import InjectedFault
from operations.doctor.queues import READERS
from operations.queues import QUEUES
from tests.support.deployed_configuration import scheduled, unread
from twilio_connector.polling.cursor_item import cursor_key


@contextmanager
def both(one: AbstractContextManager[None], other: AbstractContextManager[None]) -> Iterator[None]:
    """One after the other, as neither of them alone would do."""
    with one, other:
        yield


@contextmanager
def other_code(aws: LocalAws) -> Iterator[None]:
    """A function with the code of another version."""
    function, package = aws.outputs["SelectMessageFunction"], io.BytesIO()
    with zipfile.ZipFile(package, "w") as other:
        other.writestr("app.py", "def handler(event, context): ...")
    deployed = urllib3.request("GET", aws.lambda_.get_function(FunctionName=function)["Code"]["Location"])
    aws.lambda_.update_function_code(FunctionName=function, ZipFile=package.getvalue())
    try:
        yield
    finally:
        aws.lambda_.update_function_code(FunctionName=function, ZipFile=deployed.data)


@contextmanager
def without_logs(aws: LocalAws, function: str) -> Iterator[None]:
    """Somebody has deleted the log group of a function, by its folder's name with hyphens."""
    logs, name = aws.session.client("logs"), f"/aws/lambda/{aws.stack_name}-{function}"
    logs.delete_log_group(logGroupName=name)
    try:
        yield
    finally:
        logs.create_log_group(logGroupName=name)
        logs.put_retention_policy(logGroupName=name, retentionInDays=30)


@contextmanager
def hanging(aws: LocalAws, rule: str) -> Iterator[None]:
    """A consumer's rule is on the stack's bus."""
    bus = aws.outputs["EventBusName"]
    aws.events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source": ["twilio.connector"]}')
    try:
        yield
    finally:
        aws.events.delete_rule(Name=rule, EventBusName=bus)


@contextmanager
def faulty(twilio: TwilioSandbox, fault: InjectedFault, match: str) -> Iterator[None]:
    """Twilio answers some requests with a fault."""
    twilio.inject(fault, times=inf, match=match)
    try:
        yield
    finally:
        twilio.clear_faults()


@contextmanager
def owning(twilio: TwilioSandbox, *numbers: OwnedNumber) -> Iterator[None]:
    """The account has these numbers."""
    before = list(twilio.owned_numbers)
    twilio.owned_numbers[:] = numbers
    try:
        yield
    finally:
        twilio.owned_numbers[:] = before


@contextmanager
def ruled(twilio: TwilioSandbox, *rules: WebhookRule) -> Iterator[None]:
    """The account has these Webhook Rules."""
    configuration = twilio.webhook_configuration
    configuration.open, configuration.rules[:] = True, rules
    try:
        yield
    finally:
        configuration.open, configuration.rules[:] = False, ()


@contextmanager
def late(aws: LocalAws, seconds: int, sender: str) -> Iterator[None]:
    """The shipped schedule polls texts of a sender, whose cursor is so many seconds behind."""
    key = {"pk": {"S": cursor_key("default", sender, None)}, "sk": {"S": "cursor"}}
    item = {**key, "at": {"N": str(int(time.time()) - seconds)}}
    dynamodb, table = aws.session.client("dynamodb"), aws.outputs["StateTableName"]
    dynamodb.put_item(TableName=table, Item=item)
    try:
        with scheduled(aws, {"connection": "default", "from": sender}):
            yield
    finally:
        dynamodb.delete_item(TableName=table, Key=key)


@contextmanager
def piled_up(aws: LocalAws) -> Iterator[None]:
    """A message in each queue that should be empty, and nothing reads any."""
    urls = [aws.outputs[queue.output] for queue in QUEUES]
    with ExitStack() as unreading:
        for function in READERS:
            unreading.enter_context(unread(aws, function))
        for url in urls:
            aws.sqs.send_message(QueueUrl=url, MessageBody="{}")
        try:
            yield
        finally:
            for url in urls:
                aws.sqs.purge_queue(QueueUrl=url)


@contextmanager
def forbidden(aws: LocalAws, *actions: str) -> Iterator[None]:
    """The operator may do everything but these actions."""
    iam, user, policy = aws.session.client("iam"), "operator", "AllButSome"
    statements = [
        {"Effect": effect, "Action": which, "Resource": "*"} for effect, which in (("Allow", "*"), ("Deny", actions))
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName=policy, PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        try:
            yield
        finally:
            iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
            iam.delete_user_policy(UserName=user, PolicyName=policy)
            iam.delete_user(UserName=user)
