"""The templates to copy: what cannot be put into the send queue is kept, and what calls functions may call those."""

import json
import re
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.template import load_template, referenced, statements
from twilio_connector.polling import budget as polling

TEMPLATES = {
    path.stem: load_template(path)["Resources"] for path in (PROJECT_ROOT / "docs" / "examples").glob("*.yaml")
}
SEND_QUEUE = {"Ref": "SendQueueArn"}


# CloudFormation takes YAML without anchors and aliases:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
NAMED_NODE = re.compile(r"^[^#\"]*[:-] [&*]\w", re.MULTILINE)


def targets(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a rule or a schedule."""
    properties = resource["Properties"]
    return [*properties.get("Targets", []), *([properties["Target"]] if "Target" in properties else [])]


# By template, the logical IDs of what puts messages into the send queue, each with its target.
SOURCES = [
    (template, source, target)
    for template, resources in sorted(TEMPLATES.items())
    for source, resource in resources.items()
    for target in targets(resource)
    if target["Arn"] == SEND_QUEUE
]


def test_a_rule_and_a_schedule_put_messages_into_the_send_queue() -> None:
    assert [(template, source) for template, source, _ in SOURCES] == [
        ("rule-to-send-queue", "OrderShippedRule"),
        ("text-at", "Reminder"),
    ]


@pytest.mark.parametrize(("template", "source", "target"), SOURCES, ids=[source for _, source, _ in SOURCES])
def test_what_it_cannot_put_there_goes_to_a_dead_letter_queue_that_it_may_write_to(
    template: str, source: str, target: dict[str, Any]
) -> None:
    resources = TEMPLATES[template]
    queue = referenced(target["DeadLetterConfig"]["Arn"])
    assert resources[queue]["Type"] == "AWS::SQS::Queue"
    # As long as SQS keeps anything.
    assert resources[queue]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    writing = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": [queue, "Arn"]}}
    if "RoleArn" in target:
        assert writing in statements(resources[referenced(target["RoleArn"])]["Properties"])
        return
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    by_the_rule = {
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [source, "Arn"]}}},
    }
    policies = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::SQS::QueuePolicy"]
    (allowed,) = [policy["PolicyDocument"]["Statement"] for policy in policies if policy["Queues"] == [{"Ref": queue}]]
    assert allowed == [{**writing, **by_the_rule}]


def test_what_becomes_of_media_that_cannot_be_saved() -> None:
    resources = TEMPLATES["save-media"]
    (target,) = targets(resources["InboundMediaRule"])
    repeats = resources["SaveMediaRepeats"]["Properties"]
    queue = referenced(target["DeadLetterConfig"]["Arn"])
    assert resources[queue]["Type"] == "AWS::SQS::Queue"
    assert resources[queue]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    assert referenced(repeats["DestinationConfig"]["OnFailure"]["Destination"]) == queue
    assert repeats["FunctionName"] == {"Ref": referenced(target["Arn"])}
    arn = {"Fn::GetAtt": [queue, "Arn"]}
    by_the_function = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    assert by_the_function in statements(resources["SaveMediaRole"]["Properties"])
    policies = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::SQS::QueuePolicy"]
    (allowed,) = policies[0]["PolicyDocument"]["Statement"]
    assert (allowed["Principal"], allowed["Resource"]) == ({"Service": "events.amazonaws.com"}, arn)
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["InboundMediaRule", "Arn"]}}}


def test_the_media_function_may_ask_one_function_and_write_to_one_bucket() -> None:
    granted = statements(TEMPLATES["save-media"]["SaveMediaRole"]["Properties"])
    assert [statement["Action"] for statement in granted] == [
        "lambda:InvokeFunction",
        ["s3:PutObject", "s3:AbortMultipartUpload"],
        "sqs:SendMessage",
    ]
    assert granted[0]["Resource"]["Fn::Sub"].endswith(":function:${RawRequestFunction}")
    assert granted[1]["Resource"] == {"Fn::Sub": "${MediaBucket.Arn}/*"}
    bucket = TEMPLATES["save-media"]["MediaBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_is_written_in_the_yaml_that_cloudformation_reads(template: str) -> None:
    text = (PROJECT_ROOT / "docs" / "examples" / f"{template}.yaml").read_text()
    assert NAMED_NODE.search(text) is None


def test_an_alias_would_be_found() -> None:
    assert NAMED_NODE.search("Retry:\n  - ErrorEquals: *passing\n")
    assert NAMED_NODE.search("Retry: &passing\n")
    assert NAMED_NODE.search("  - *passing\n")


MACHINES = {
    template: resources
    for template, resources in TEMPLATES.items()
    if any(each["Type"] == "AWS::StepFunctions::StateMachine" for each in resources.values())
}


@pytest.mark.parametrize("template", MACHINES)
def test_a_state_machine_may_call_the_functions_that_it_calls_and_repeats_what_is_safe(template: str) -> None:
    resources = MACHINES[template]
    (machine,) = (each["Properties"] for each in resources.values() if "StateMachine" in each["Type"])
    states = machine["Definition"]["States"].values()
    calling = [state for state in states if state.get("Resource") == "arn:aws:states:::lambda:invoke"]
    called = {state["Parameters"]["FunctionName"] for state in calling}
    allowed = json.dumps(statements(resources[referenced(machine["RoleArn"])]["Properties"]))
    assert called
    assert {name for name in called if f":function:{name}" in allowed} == called
    assert allowed.count(":function:") == len(called)
    repeated = [{error for retry in state["Retry"] for error in retry["ErrorEquals"]} for state in calling]
    assert all({"TwilioThrottledError", "TwilioUnavailableError", "ServiceUnavailableError"} <= one for one in repeated)


def test_the_reminder_is_waited_for_as_long_as_twilio_schedules() -> None:
    states = TEMPLATES["reminder-until-paid"]["ReminderUntilPaid"]["Properties"]["Definition"]["States"]
    assert states["Wait for the payment"]["TimeoutSeconds"] == polling.UNDATED_SECONDS
    kept = states["Schedule the reminder"]["ResultSelector"], states["Cancel the reminder"]["ResultSelector"]
    # No text, no number.
    assert {name for selector in kept for name in selector} == {"sid.$", "status.$"}
