"""The commands of `docs/runbook.md`, on the deployed stack: each that is not yet done, in the order of the page."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.accounts import CONNECTION
from local.aws import FunctionError, LocalAws
from local.bus import BusWatcher
from local.sam import PROJECT_ROOT
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_commands import empty_queues
from tests.support.deployed_webhooks import inbound, of_type, post_webhook
from tests.support.documents import commands, run

pytestmark = pytest.mark.docs

SETUP, FIRST_LOOK, *ALARMS, REPLAY_OF_EVENTS = commands(PROJECT_ROOT / "docs" / "runbook.md")


@pytest.fixture
def environment(aws: LocalAws) -> dict[str, str]:
    """What the doctor needs to know where the public host name of the API resolves nowhere, too."""
    empty_queues(aws)
    return {**aws.environment, "DELIVER_TO": aws.api_url}


def lines(blocks: list[str]) -> dict[str, None]:
    """The commands of the blocks, each once."""
    return dict.fromkeys("\n".join(blocks).replace("\\\n", "").splitlines())


def test_the_first_look_tells_what_alarms(aws: LocalAws, environment: dict[str, str]) -> None:
    cloudwatch, name = aws.session.client("cloudwatch"), aws.physical_id("PollDeadLetterAlarm")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")

    told = run(SETUP + FIRST_LOOK, environment)

    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")
    assert alarm["AlarmDescription"] in told
    assert "\n0 failed, " in told


@pytest.mark.endurance
def test_the_commands_for_the_alarms_show_the_trouble_and_replay_what_failed(
    aws: LocalAws, twilio: TwilioSandbox, environment: dict[str, str], tmp_path: Path
) -> None:
    secret = aws.secretsmanager.get_secret_value(SecretId=f"twilio/connections/{CONNECTION}")
    (tmp_path / "connection.json").write_text(secret["SecretString"])
    with pytest.raises(FunctionError):
        aws.invoke("PollFunction", {"since": "yesterday"})
    text = {"to": SANDBOX_RECIPIENT, "from": SANDBOX_SENDER, "message": f"Late: {uuid.uuid4()}"}
    for output, body in {"SendDeadLetterQueueUrl": json.dumps(text), "PollDeadLetterQueueUrl": "a failed poll"}.items():
        aws.sqs.send_message(QueueUrl=aws.outputs[output], MessageBody=body)

    todo = [line for line in lines(ALARMS) if line not in lines([FIRST_LOOK])]
    told = run("\n".join([SETUP, *todo]), environment, tmp_path)

    for expected in (
        "since must be",
        "a failed poll",
        "SendDeadLetterQueue: 1 moved",
        "PollDeadLetterQueue: 1 deleted",
    ):
        assert expected in told
    twilio.wait_until(lambda: text["message"] in [message.body for message in twilio.messages])


def test_events_are_published_again_from_the_archive(aws: LocalAws, twilio: TwilioSandbox) -> None:
    missed = BusWatcher(aws.events, aws.sqs, aws.outputs["EventBusName"], rule_name="my-rule")
    start, form = datetime.now(UTC), inbound(twilio)
    assert post_webhook(aws, form, twilio.auth_token).status == 200
    is_ours = of_type("Message Received", form["MessageSid"])
    missed.wait_for(is_ours)

    script = SETUP + REPLAY_OF_EVENTS
    for written, moment in {"14:00:00": start, "15:00:00": datetime.now(UTC) + timedelta(seconds=1)}.items():
        assert f"2026-03-15T{written}Z" in script
        script = script.replace(f"2026-03-15T{written}Z", f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    run(script, aws.environment)

    missed.wait_for_all(is_ours, 2)
