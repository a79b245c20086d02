"""A temporary rule on the stack's bus, with a queue as its target."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.stack import Stack, StackError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

TARGET = "probe"
# What has to be removed may never have been made.
_ABSENT = {"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}


@dataclass(frozen=True)
class Subscription:
    """The events that matched, in the queue *url*."""

    sqs: "SQSClient"
    url: str

    def receive(self, seconds: int) -> list[dict[str, Any]]:
        """The details that have arrived, after a wait of up to *seconds* (at most 20) for the first."""
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds)
        return [json.loads(message["Body"])["detail"] for message in answer.get("Messages", [])]


@contextmanager
def subscription(stack: Stack, name: str, pattern: Mapping[str, Any]) -> Iterator[Subscription]:
    """Subscribe to the events on the stack's bus that match *pattern*; *name* becomes that of the rule and the queue.

    Both are removed in any case. A new rule may need a while before it matches. Raises what boto3 raises, and
    :class:`StackError` for what could not be removed.
    """
    bus, events, sqs = stack.outputs["EventBusName"], stack.clients.events, stack.clients.sqs

    def make_rule() -> str:
        return events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]

    def remove_rule() -> None:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=[TARGET])
        events.delete_rule(Name=name, EventBusName=bus)

    def make_queue() -> str:
        attributes: dict[QueueAttributeNameType, str] = {"Policy": _policy(rule), "MessageRetentionPeriod": "300"}
        return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def remove_queue() -> None:
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])

    with (
        _for_a_while(f"The rule '{name}' of the bus '{bus}'", make_rule, remove_rule) as rule,
        _for_a_while(f"The queue '{name}'", make_queue, remove_queue) as url,
    ):
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        answer = events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": TARGET, "Arn": arn}])
        if answer["FailedEntryCount"]:
            raise ClientError({"Error": {"Code": answer["FailedEntries"][0]["ErrorCode"]}}, "PutTargets")
        yield Subscription(sqs, url)


@contextmanager
def _for_a_while(what: str, make: Callable[[], str], remove: Callable[[], None]) -> Iterator[str]:
    """What *make* makes. It is removed also if nobody knows whether it was made, as after a Ctrl-C during *make*."""
    forbidden = False
    try:
        try:
            made = make()
        except ClientError as exc:
            forbidden = exc.response["Error"]["Code"].startswith("AccessDenied")
            raise
        yield made
    finally:
        if not forbidden:
            _remove(what, remove)


def _remove(what: str, remove: Callable[[], None]) -> None:
    try:
        remove()
    except (ClientError, BotoCoreError) as exc:
        if isinstance(exc, ClientError) and exc.response["Error"]["Code"] in _ABSENT:
            return
        raise StackError(f"{what} could not be removed ({type(exc).__name__}).", "Remove it in the console.") from exc


def _policy(rule: str) -> str:
    """A queue's policy that lets the rule, and nothing else, send to it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
