"""A further connection: made, polled and removed by the commands of `docs/connections.md`."""

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from tests.support.documents import commands, run

pytestmark = pytest.mark.docs

# What the page calls them.
CONNECTION, SECRET, STACK = "marketing", "twilio/connections/marketing", "twilio-connector-marketing"
KEYS = f"{SECRET}/auth-token"
SHARED_KEYS = {"authToken": "a-token-of-the-account", "sharedKeys": {"webhooks_sharedkey_1": "its-secret"}}
SENDER = "+15550007777"


@pytest.fixture
def folder(aws: LocalAws, twilio: TwilioSandbox, tmp_path: Path) -> Iterator[Path]:
    """Where the page's commands are typed. No connection of its name is there before or after."""
    shutil.copytree(PROJECT_ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    secret = {"accountSid": twilio.account_sid, "authToken": twilio.auth_token}
    (tmp_path / "connection.json").write_text(json.dumps(secret))
    (tmp_path / "auth-token.json").write_text(json.dumps(SHARED_KEYS))
    forget(aws)
    yield tmp_path
    forget(aws)


def forget(aws: LocalAws) -> None:
    for secret in (SECRET, KEYS):
        with suppress(aws.secretsmanager.exceptions.ResourceNotFoundException):
            aws.secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def test_a_connection_is_added_polled_and_removed_by_its_documented_commands(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, folder: Path
) -> None:
    add, add_shared_keys, poll, delete_schedule, delete_connection = commands(PROJECT_ROOT / "docs" / "connections.md")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    (sid,) = twilio.add(1, date_sent=an_hour_ago, from_=SENDER)

    run(add, aws.environment, folder)
    run(add_shared_keys, aws.environment, folder)
    assert json.loads(aws.secretsmanager.get_secret_value(SecretId=KEYS)["SecretString"]) == SHARED_KEYS
    run(f"{poll.rstrip()} {shlex.join(since(an_hour_ago))}", aws.environment, folder)

    def is_polled(event: BusEvent) -> bool:
        created = event.detail["body"]["data"].get("created", [])
        return event.detail["connection"] == CONNECTION and sid in [message["sid"] for message in created]

    (schedule,) = aws.cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    scheduler = aws.session.client("scheduler")
    target = scheduler.get_schedule(Name=schedule["PhysicalResourceId"])["Target"]
    assert target["RoleArn"] == aws.outputs["PollScheduleRoleArn"]
    assert target["DeadLetterConfig"]["Arn"] == aws.outputs["PollScheduleDeadLetterQueueArn"]
    # Its five minutes are not waited for.
    aws.schedule_poll(json.loads(target["Input"]), delay_seconds=2, like=schedule["PhysicalResourceId"])
    watcher.wait_for(is_polled)

    run(delete_schedule, aws.environment, folder)

    aws.cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert schedule["PhysicalResourceId"] not in [one["Name"] for one in scheduler.list_schedules()["Schedules"]]
    # The cursor is still where the schedule left it.
    assert aws.invoke("PollFunction", json.loads(target["Input"]))["polledNoChanges"]

    run(delete_connection, aws.environment, folder)

    assert all("DeletedDate" in aws.secretsmanager.describe_secret(SecretId=secret) for secret in (SECRET, KEYS))


def since(start: datetime) -> list[str]:
    """The parameters of a schedule whose cursor starts shortly before *start*."""
    return [f"PollFrom={SENDER}", f"PollSince={start - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"]
