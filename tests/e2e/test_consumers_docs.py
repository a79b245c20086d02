"""The examples of docs/consumers.md, deployed and run by its own commands."""

import json
import re
from contextlib import suppress

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_configuration import wait_until
from tests.support.deployed_stacks import stack_output
from tests.support.deployed_webhooks import inbound, post_webhook, status_callback
from tests.support.documents import commands, run

pytestmark = pytest.mark.docs


@pytest.fixture(scope="module")
def consumers(aws: LocalAws, twilio: TwilioSandbox) -> str:
    """What the commands of the page on consumers print, done one after the other."""
    twilio.add()
    return run("\n".join(commands(PROJECT_ROOT / "docs" / "consumers.md")), aws.environment)


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
