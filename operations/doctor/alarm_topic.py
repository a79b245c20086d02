"""Whether the stack's alarms reach their topic: it exists, and CloudWatch may publish to it and use its key.

https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
"""

import json
from collections.abc import Iterator

from botocore.exceptions import ClientError

from operations.doctor.resource_policies import Verdict, verdict
from operations.findings import Finding, Subject
from operations.stack import Stack

CLOUDWATCH = "cloudwatch.amazonaws.com"
# The key that SNS makes for itself, whose policy nobody can change.
DEFAULT_KEY = "alias/aws/sns"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
ALLOW = "Let cloudwatch.amazonaws.com {actions} in its policy: docs/operations.md#make-doctor"
OTHER_KEY = "Encrypt the topic with a key of yours whose policy lets cloudwatch.amazonaws.com use it, or with none."


def check_alarm_topic(stack: Stack) -> Iterator[Finding]:
    """What keeps notifications from the topic of ``AlarmTopicArn``; one finding if nothing does, or if none is set."""
    subject, topic = Subject("alarms"), stack.parameters.get("AlarmTopicArn", "")
    if not topic:
        yield subject.ok("They notify nobody, as AlarmTopicArn is empty: look at the dashboard.")
        return
    region = topic.split(":")[3]
    if region != stack.clients.region:
        yield subject.fail(
            f"Their topic is in {region}, where alarms of {stack.clients.region} cannot publish.",
            "Make a topic in the stack's region, and deploy with it as AlarmTopicArn.",
        )
        return
    try:
        attributes = stack.clients.topics.get_topic_attributes(TopicArn=topic)["Attributes"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NotFound":
            raise
        make = stack.aws_command("sns", "create-topic", "--name", topic.rpartition(":")[2])
        yield subject.fail(f"Their topic {topic} does not exist.", f"Make it, and subscribe to it: {make}")
        return
    found = [
        *_policy(stack, subject, attributes["Policy"]),
        *_key(stack, subject, attributes.get("KmsMasterKeyId", "")),
    ]
    yield from found or [subject.ok(f"CloudWatch may publish them to {topic}.")]


def _policy(stack: Stack, subject: Subject, policy: str) -> Iterator[Finding]:
    yield from _judged(stack, subject, "their topic", policy, ("sns:Publish",), "publish")


def _key(stack: Stack, subject: Subject, key: str) -> Iterator[Finding]:
    if not key:
        return
    described = None if key.endswith(DEFAULT_KEY) else stack.clients.keys.describe_key(KeyId=key)["KeyMetadata"]
    if described is None or described["KeyManager"] == "AWS":
        yield subject.fail(
            "Their topic is encrypted with the key aws/sns, which CloudWatch may not use: nobody is notified.",
            OTHER_KEY,
        )
    elif described["KeyState"] != "Enabled":
        yield subject.fail(f"The key of their topic is {described['KeyState']}: nobody is notified.", OTHER_KEY)
    else:
        policy = stack.clients.keys.get_key_policy(KeyId=described["KeyId"], PolicyName="default")["Policy"]
        yield from _judged(
            stack, subject, "the key of their topic", policy, KEY_ACTIONS, "use it (kms:Decrypt, kms:GenerateDataKey*)"
        )


def _judged(
    stack: Stack, subject: Subject, what: str, policy: str, actions: tuple[str, ...], doing: str
) -> Iterator[Finding]:
    """What the *policy* of *what* allows the stack's alarms, which need *actions*."""
    alarms = stack.resources("AWS::CloudWatch::Alarm")
    found = {
        alarm: {verdict(json.loads(policy), CLOUDWATCH, action, _context(stack, alarm)) for action in actions}
        for alarm in alarms
    }
    refused = [alarm for alarm, verdicts in found.items() if Verdict.REFUSED in verdicts]
    undecided = [alarm for alarm, verdicts in found.items() if Verdict.UNDECIDED in verdicts]
    remedy = ALLOW.format(actions=doing)
    if refused:
        yield subject.fail(
            f"The policy of {what} refuses {len(refused)} of the {len(alarms)} alarms: nobody is notified.", remedy
        )
    elif undecided:
        yield subject.warn(
            f"The policy of {what} has a condition that cannot be judged from here.",
            f"Check that a test arrives: {_test(stack, alarms[0])}",
        )


def _context(stack: Stack, alarm: str) -> dict[str, str]:
    """The condition keys that CloudWatch sends with a request, by its documentation."""
    # Not the bus, which may be another account's.
    _, partition, _, region, account, *_ = stack.outputs["SendQueueArn"].split(":")
    return {
        "aws:sourceaccount": account,
        "aws:sourceowner": account,
        "aws:sourcearn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm}",
        "aws:securetransport": "true",
    }


def _test(stack: Stack, alarm: str) -> str:
    reason = ("--state-value", "ALARM", "--state-reason", "a test")
    return stack.aws_command("cloudwatch", "set-alarm-state", "--alarm-name", alarm, *reason)
