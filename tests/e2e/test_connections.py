"""A further connection, made and polled by the commands of `docs/connections.md`."""

import json
import re
import shlex
from datetime import UTC, datetime, timedelta

from tests.local.aws import LocalAws
from tests.local.bus import BusEvent, BusWatcher
from tests.local.sam import PROJECT_ROOT
from tests.local.twilio_sandbox import TwilioSandbox

SENDER = "+15550007777"


def options(command: str) -> dict[str, str]:
    """The options of the command of the AWS CLI that the page tells for something."""
    page = (PROJECT_ROOT / "docs" / "connections.md").read_text()
    (line,) = re.findall(rf"^aws {command} (.*)$", page.replace("\\\n", " "), re.MULTILINE)
    words = shlex.split(line)
    return dict(zip(words[::2], words[1::2], strict=True))


def test_a_connection_is_added_polled_and_removed_by_its_documented_commands(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    deploy = options("cloudformation deploy")
    parameter, _, connection = deploy["--parameter-overrides"].partition("=")
    secret = {"accountSid": twilio.account_sid, "authToken": twilio.auth_token}
    assert aws.put_connection(connection, secret) == options("secretsmanager create-secret")["--name"]
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    (sid,) = twilio.add(1, date_sent=an_hour_ago, from_=SENDER)
    soon = datetime.now(UTC) + timedelta(seconds=2)

    aws.cloudformation.create_stack(
        StackName=deploy["--stack-name"],
        TemplateBody=(PROJECT_ROOT / deploy["--template-file"]).read_text(),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in {
                parameter: connection,
                "PollFrom": "(555) 000-7777",
                "PollSince": f"{an_hour_ago - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
                "PollSchedule": f"at({soon:%Y-%m-%dT%H:%M:%S})",
            }.items()
        ],
    )

    def is_polled(event: BusEvent) -> bool:
        created = event.detail["body"]["data"].get("created", [])
        return event.detail["connection"] == connection and sid in [message["sid"] for message in created]

    watcher.wait_for(is_polled)
    (schedule,) = aws.cloudformation.list_stack_resources(StackName=deploy["--stack-name"])["StackResourceSummaries"]
    scheduler = aws.session.client("scheduler")
    target = scheduler.get_schedule(Name=schedule["PhysicalResourceId"])["Target"]
    assert target["RoleArn"] == aws.outputs["PollScheduleRoleArn"]
    assert target["DeadLetterConfig"]["Arn"] == aws.outputs["PollScheduleDeadLetterQueueArn"]

    delete = options("cloudformation delete-stack")
    aws.cloudformation.delete_stack(StackName=delete["--stack-name"])
    aws.cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=delete["--stack-name"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert schedule["PhysicalResourceId"] not in [one["Name"] for one in scheduler.list_schedules()["Schedules"]]
    # The cursor is still where the schedule left it.
    assert aws.invoke("PollFunction", json.loads(target["Input"]))["polledNoChanges"]
