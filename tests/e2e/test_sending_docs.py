"""The examples of docs/sending.md, deployed and run by its own commands."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from local.twilio_sandbox import Fault, TwilioSandbox
from local.twilio_sandbox.message import Message
from tests.support.deployed_configuration import wait_until
from tests.support.deployed_roles import call_as
from tests.support.deployed_stacks import stack_output, stack_resource
from tests.support.documents import commands, run
from twilio_connector import errors

pytestmark = pytest.mark.docs

DOCS = PROJECT_ROOT / "docs"
TEXTS = [
    "Hello from the command line",
    "Hello from the queue",
    "Hello from a topic",
    "Your order A-1042 has shipped.",
    "Your appointment is in an hour",
    "Hello from a state machine",
]


@pytest.fixture(scope="module")
def examples(aws: LocalAws) -> None:
    """The page's commands, done one after the other."""
    script = "\n".join(commands(DOCS / "sending.md"))
    # The local Scheduler takes any instant; that the page's is one that AWS takes, too, is in tests/unit/template.
    assert script.count("$(ahead 10)") == 1
    run(script.replace("$(ahead 10)", "$(ahead 0.1)"), aws.environment)


@pytest.mark.usefixtures("examples")
@pytest.mark.parametrize("text", TEXTS)
def test_each_way_to_send_sends_one_text(twilio: TwilioSandbox, text: str) -> None:
    def sent() -> int:
        return len([message for message in twilio.messages if message.body == text])

    wait_until(lambda: sent() > 0)
    assert sent() == 1


@pytest.mark.usefixtures("examples")
def test_what_a_rule_or_a_schedule_cannot_deliver_has_a_queue_to_wait_in(aws: LocalAws) -> None:
    rule = stack_resource(aws, "texts-of-orders", "OrderShippedRule")
    (target,) = aws.events.list_targets_by_rule(Rule=rule.rpartition("/")[2])["Targets"]
    schedule = aws.session.client("scheduler").get_schedule(Name=stack_resource(aws, "reminder", "Reminder"))["Target"]
    for stack, arn in {
        "texts-of-orders": target["DeadLetterConfig"]["Arn"],
        "reminder": schedule["DeadLetterConfig"]["Arn"],
    }.items():
        url = stack_output(aws, stack, "DeadLetterQueueUrl")
        attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        assert arn == attributes["QueueArn"]
    # In the schedule's role and to its queue, as Scheduler does: the local one leaves no dead letters. That a rule may
    # is in its queue's policy, which the local AWS does not enforce.
    letter = ("sqs", "send_message", {"QueueUrl": url, "MessageBody": "undelivered"})
    assert call_as(aws, "scheduler", schedule["RoleArn"], [letter]) == [""]
    assert len(aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]) == 1


@pytest.mark.usefixtures("examples")
def test_the_state_machine_tells_the_sid_and_goes_its_own_way_for_what_cannot_be_sent(
    aws: LocalAws, twilio: TwilioSandbox
) -> None:
    machine = stack_output(aws, "send-with-retries", "StateMachineArn")
    stepfunctions = aws.session.client("stepfunctions")

    def execute(**changes: str) -> dict[str, Any]:
        given = {"to": "+15551234567", "from": "+15558675309", "message": "Hello again from a state machine", **changes}
        started = stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps(given))
        arn = started["executionArn"]
        wait_until(lambda: stepfunctions.describe_execution(executionArn=arn)["status"] != "RUNNING")
        return dict(stepfunctions.describe_execution(executionArn=arn))

    # Told to wait longer than it can, the function gives up at once, and leaves it to the state machine to try again.
    twilio.inject(Fault.Throttle(retry_after=3600), match="POST /Messages")
    succeeded = execute()
    (message,) = (message for message in twilio.messages if message.body == "Hello again from a state machine")
    assert (succeeded["status"], json.loads(succeeded["output"])["sid"]) == ("SUCCEEDED", message.sid)
    opted_out = execute(to="+15005550004")
    assert opted_out["status"] == "SUCCEEDED"
    assert json.loads(opted_out["output"])["error"]["Error"] == "TwilioOptedOutError"
    failed = execute(to="12")
    assert (failed["status"], failed["error"]) == ("FAILED", "InvalidInputError")


@pytest.mark.usefixtures("examples")
def test_a_reminder_is_canceled_by_the_payment_unless_it_has_been_sent(aws: LocalAws, twilio: TwilioSandbox) -> None:
    def of_text(text: str) -> list[Message]:
        return [message for message in twilio.messages if message.body == text]

    wait_until(lambda: [message.status for message in of_text("Your order A-1042 is not paid yet")] == ["canceled"])
    machine = stack_output(aws, "reminder-until-paid", "StateMachineArn")
    stepfunctions = aws.session.client("stepfunctions")
    text = "Your order A-1043 is not paid yet"
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    given = {"order": "A-1043", "to": "+15551234567", "message": text, "sendAt": later}
    execution = stepfunctions.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    queue = stack_output(aws, "reminder-until-paid", "OpenOrdersQueueUrl")
    (waiting,) = aws.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    assert json.loads(waiting["Body"]).keys() == {"order", "token"}
    (reminder,) = of_text(text)
    assert reminder.status == "scheduled"
    assert stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING"

    twilio.update_status(reminder.sid, "sent")
    stepfunctions.send_task_success(taskToken=json.loads(waiting["Body"])["token"], output="{}")

    wait_until(lambda: stepfunctions.describe_execution(executionArn=execution)["status"] != "RUNNING")
    ended = stepfunctions.describe_execution(executionArn=execution)
    output = json.loads(ended["output"])
    assert (ended["status"], output["error"]["Error"]) == ("SUCCEEDED", "TwilioRejectedError")
    assert "30409" in output["error"]["Cause"]
    assert "the message is sent" in output["error"]["Cause"]
    assert output["reminder"] == {"sid": reminder.sid}


@pytest.mark.parametrize("example", ["send-with-retries", "reminder-until-paid"])
def test_the_state_machine_names_errors_as_they_are_called(example: str) -> None:
    template = (DOCS / "examples" / f"{example}.yaml").read_text()
    named = set(re.findall(r"\b[A-Z][A-Za-z]+Error\b", template))
    assert named
    assert all(issubclass(getattr(errors, name), errors.TwilioConnectorError) for name in named)
