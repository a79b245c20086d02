"""A stack of the earliest version that an upgrade may start from, full of work, becomes one of this version.

What this AWS cannot show: the moment between a function's old code and its new layer, since its CloudFormation changes
both at once (`tests/integration/test_upgrade.py` crosses them), and what a replaced encryption does to a table's items.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from local.accounts import connect_sandbox
from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.denial import denied
from local.sam import PROJECT_ROOT
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from operations.queues import QUEUES
from tests.support.deployed_configuration import count_messages, redelivery_paused, unread, wait_until
from tests.support.deployed_sends import FaultySend
from tests.support.deployed_webhooks import inbound, of_type, post_webhook
from tests.support.documents import run
from tests.support.old_releases import RELEASES, old_project

pytestmark = pytest.mark.endurance

BASELINE = next(path for path in RELEASES if path.name.startswith("1.0.0-33f776b"))
POLLED_SENDER = "+15550006666"
POLLED = "New and Updated Records"
# Each version makes its own.
VERSIONED = "AWS::Lambda::LayerVersion"


def text(body: str) -> dict[str, str]:
    return {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": body}


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioSandbox]:
    """A sandbox that calls nothing back: what is published is what the test brought about."""
    with TwilioSandbox(status_delay=None) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def aws(twilio: TwilioSandbox) -> Iterator[LocalAws]:
    """A stack of the earlier version."""
    with old_project(BASELINE) as project, LocalAws(project) as local:
        local.deploy({"TwilioApiUrl": twilio.url, "PollEnabled": "false"})
        connect_sandbox(local, twilio)
        yield local


@dataclass
class Work:
    """What the earlier version has begun, and what waits for it; texts of sends are their keys, too."""

    sent: str = field(default_factory=lambda: f"sent {uuid.uuid4()}")
    sent_sid: str = ""
    # Twilio has one message of an unknown outcome, and not the other one.
    made: FaultySend = field(default_factory=lambda: FaultySend("500 after accepting", "direct, with key"))
    lost: FaultySend = field(default_factory=lambda: FaultySend("500 before accepting", "direct, with key"))
    queued: str = field(default_factory=lambda: f"queued {uuid.uuid4()}")
    dead: str = field(default_factory=lambda: f"dead {uuid.uuid4()}")
    failed: str = field(default_factory=lambda: f"failed {uuid.uuid4()}")
    failed_request: str = field(default_factory=lambda: str(uuid.uuid4()))
    # The queue's message IDs, by text, of sends without a key of their own.
    message_ids: dict[str, str] = field(default_factory=dict)
    # Webhooks that the bus refused: one waits to be published, one is given up.
    undelivered: list[str] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)

    def keys(self) -> list[str]:
        """Under which the inputs in queues are reported."""
        return [f"sqs:{self.message_ids[self.queued]}", f"sqs:{self.message_ids[self.dead]}", self.failed_request]


def put(aws: LocalAws, output: str, body: object) -> str:
    return aws.sqs.send_message(QueueUrl=aws.outputs[output], MessageBody=json.dumps(body))["MessageId"]


def send(aws: LocalAws, body: str) -> str:
    return str(aws.invoke("SendSmsFunction", {**text(body), "idempotencyKey": body})["data"]["sid"])


def poll(aws: LocalAws) -> int:
    since = datetime.now(UTC) - timedelta(hours=1)
    return int(aws.invoke("PollFunction", {"from": POLLED_SENDER, "since": since.isoformat()})["published"])


def begin(aws: LocalAws, twilio: TwilioSandbox) -> Work:
    """Let the version that is deployed work, and leave something in each queue and in the state table."""
    work = Work()
    work.sent_sid = send(aws, work.sent)
    # Both unknown outcomes at once, since each takes the time of a search.
    with twilio.listing_late(work.made.text), ThreadPoolExecutor(2) as callers:
        for one in (work.made, work.lost):
            one.prepare(twilio)
        list(callers.map(lambda one: one.send(aws), (work.made, work.lost)))

    work.polled = twilio.add(3, date_sent=datetime.now(UTC) - timedelta(minutes=2), from_=POLLED_SENDER)
    assert poll(aws) == len(work.polled)
    # Behind the cursor, and ahead of it.
    work.polled += twilio.add(1, date_sent=datetime.now(UTC) - timedelta(minutes=4), from_=POLLED_SENDER)
    work.polled += twilio.add(2, from_=POLLED_SENDER)

    leave_undelivered(aws, twilio, work)
    for output, body in (("SendQueueUrl", work.queued), ("SendDeadLetterQueueUrl", work.dead)):
        work.message_ids[body] = put(aws, output, text(body))
    invocation = {"requestContext": {"requestId": work.failed_request}, "responsePayload": {}}
    put(aws, "SendFailureQueueUrl", {**invocation, "requestPayload": text(work.failed)})
    put(aws, "SendFailureQueueUrl", {**invocation, "requestPayload": {**text(work.sent), "idempotencyKey": work.sent}})
    for output in ("PollDeadLetterQueueUrl", "PollScheduleDeadLetterQueueUrl"):
        put(aws, output, {})
    return work


def leave_undelivered(aws: LocalAws, twilio: TwilioSandbox, work: Work) -> None:
    """Two events that the webhook could not publish, the first of them given up."""
    with denied(aws, "WebhookFunction", "events:PutEvents"):
        for number in range(2):
            form = inbound(twilio, f"refused by the bus {number}")
            assert post_webhook(aws, form, twilio.auth_token).status == 200
            work.undelivered.append(form["MessageSid"])
    url = aws.outputs["UndeliveredQueueUrl"]
    (message,) = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    aws.sqs.send_message(QueueUrl=aws.outputs["UndeliveredDeadLetterQueueUrl"], MessageBody=message["Body"])
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@dataclass
class Answered:
    """Webhooks by the SIDs of their texts, with the status that each was answered with."""

    statuses: dict[str, int] = field(default_factory=dict)


@contextmanager
def webhooks_arriving(aws: LocalAws, twilio: TwilioSandbox) -> Iterator[Answered]:
    """One after the other, without a pause, until the end."""
    answered, ended = Answered(), threading.Event()

    def deliver() -> None:
        while not ended.is_set():
            form = inbound(twilio, "during the upgrade")
            answered.statuses[form["MessageSid"]] = post_webhook(aws, form, twilio.auth_token).status

    with ThreadPoolExecutor(1) as caller:
        delivery = caller.submit(deliver)
        try:
            yield answered
        finally:
            ended.set()
            delivery.result()


def resources(aws: LocalAws) -> dict[str, tuple[str, str]]:
    """Type and name of each, by its logical ID."""
    found = aws.cloudformation.describe_stack_resources(StackName=aws.stack_name)["StackResources"]
    return {each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"]) for each in found}


def parameters(aws: LocalAws) -> dict[str, str]:
    (stack,) = aws.cloudformation.describe_stacks(StackName=aws.stack_name)["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def counts(aws: LocalAws) -> dict[str, int]:
    """How many messages wait in each of the queues that the version now deployed has."""
    watched = ("SendQueueUrl", *(queue.output for queue in QUEUES))
    return {output: count_messages(aws, output) for output in watched if output in aws.outputs}


def assert_everything_is_the_same_stack(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], changelog: str
) -> None:
    """Nothing but versions is replaced, nothing but alarms is gone, and the changelog mentions each."""
    lasting = {name for name, (kind, _) in before.items() if kind != VERSIONED}
    gone = lasting - after.keys()
    assert {name: after[name] for name in lasting - gone} == {name: before[name] for name in lasting - gone}
    assert {before[name][0] for name in gone} == {"AWS::CloudWatch::Alarm"}
    assert [name for name in sorted(gone) if f"`{name}`" not in changelog] == []


def test_a_stack_full_of_work_is_upgraded_and_loses_and_repeats_nothing(aws: LocalAws, twilio: TwilioSandbox) -> None:
    watcher = aws.watch()
    with ExitStack() as paused:
        paused.enter_context(unread(aws, "SendSmsFunction"))
        paused.enter_context(redelivery_paused(aws))
        work = begin(aws, twilio)
        assert (len(work.made.errors), len(work.lost.errors)) == (1, 1)
        outputs, made_of, given, waiting = aws.outputs, resources(aws), parameters(aws), counts(aws)
        assert all(waiting.values())

        aws.project = PROJECT_ROOT
        with webhooks_arriving(aws, twilio) as answered:
            aws.deploy()

        assert outputs.items() <= aws.outputs.items()
        # Values that a stack has stay, those of parameters whose default is another one now among them.
        assert given.items() <= parameters(aws).items()
        new = counts(aws).keys() - waiting.keys()
        assert counts(aws) == {**waiting, **dict.fromkeys(new, 0)}
        changelog = (PROJECT_ROOT / "CHANGELOG.md").read_text()
        assert_everything_is_the_same_stack(made_of, resources(aws), changelog)
        alarms = aws.session.client("cloudwatch").describe_alarms()["MetricAlarms"]
        made_now = {name for kind, name in resources(aws).values() if kind == "AWS::CloudWatch::Alarm"}
        assert {alarm["AlarmName"] for alarm in alarms} == made_now

        assert set(answered.statuses.values()) == {200}
        for sid in answered.statuses:
            watcher.wait_for(of_type("Message Received", sid))

    assert_sends_go_on(aws, twilio, watcher, work)
    assert_the_poll_goes_on(aws, watcher, work)
    assert_events_are_published(aws, watcher, work)
    # Every function has the code and the layer of this checkout.
    told = run(f"make doctor STACK={aws.stack_name} DELIVER_TO='{aws.api_url}'", aws.environment)
    assert "\nok    code: " in told


def assert_sends_go_on(aws: LocalAws, twilio: TwilioSandbox, watcher: BusWatcher, work: Work) -> None:
    """Also by `make replay`; and what Twilio had before is not sent a second time."""
    told = run(f"make replay STACK={aws.stack_name} FORGET_POLLS=1", aws.environment)
    for line in (
        "ok    SendDeadLetterQueue: 1 moved to SendQueue.",
        "ok    SendFailureQueue: 2 moved to SendQueue.",
        "ok    UndeliveredDeadLetterQueue: 1 moved to UndeliveredQueue.",
        "ok    PollDeadLetterQueue: 1 deleted",
        "ok    PollScheduleDeadLetterQueue: 1 deleted",
    ):
        assert line in told
    for key in (*work.keys(), work.sent):
        watcher.wait_for(of_type("Message Sent", key), 120)
    assert send(aws, work.sent) == work.sent_sid

    # Of one that Twilio lists by now, a repeat finds the message; of the other one it waits for the end of the hold.
    work.made.ask(aws)
    work.lost.ask(aws)
    assert [work.made.sids, len(work.lost.errors)] == [[sid_of(twilio, work.made.text)], 2]
    work.lost.settle(aws)
    assert work.lost.sids == [sid_of(twilio, work.lost.text)]

    for body in (work.sent, work.queued, work.dead, work.failed):
        assert sid_of(twilio, body)


def sid_of(twilio: TwilioSandbox, body: str) -> str:
    """The SID of the only message with that text."""
    (message,) = (message for message in twilio.messages if message.body == body)
    return message.sid


def assert_the_poll_goes_on(aws: LocalAws, watcher: BusWatcher, work: Work) -> None:
    """At its cursor, with what was published before left out."""
    assert [poll(aws), poll(aws)] == [3, 0]

    def polled() -> list[str]:
        created = [event.detail["body"]["data"]["created"] for event in events(watcher, POLLED)]
        return [message["sid"] for messages in created for message in messages]

    wait_until(lambda: len(polled()) >= len(work.polled))
    assert sorted(polled()) == sorted(work.polled)


def assert_events_are_published(aws: LocalAws, watcher: BusWatcher, work: Work) -> None:
    for sid in work.undelivered:
        watcher.wait_for(of_type("Message Received", sid), 120)
    wait_until(lambda: not any(counts(aws).values()))
    received = [event.detail["id"] for event in events(watcher, "Message Received")]
    assert [received.count(sid) for sid in work.undelivered] == [1, 1]


def events(watcher: BusWatcher, detail_type: str) -> list[BusEvent]:
    return [event for event in watcher.drain() if event.detail_type == detail_type]
