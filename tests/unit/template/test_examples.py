"""The templates to copy, held to what AWS asks of them and no emulator does; and what is kept that cannot be sent."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.pages import PAGES, name_of
from tests.support.template import TEMPLATES_TO_COPY, load_template, referenced, statements
from twilio_connector.listing import budget as listing

DOCUMENTS = {name: load_template(path) for name, path in TEMPLATES_TO_COPY.items()}
TEMPLATES = {name: document["Resources"] for name, document in DOCUMENTS.items()}
INVOCATION = {"Fn::Sub": "arn:${AWS::Partition}:states:::lambda:invoke"}


# CloudFormation takes YAML without anchors and aliases:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
NAMED_NODE = re.compile(r"^[^#\"]*[:-] [&*]\w", re.MULTILINE)


def targets(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a rule or a schedule."""
    properties = resource["Properties"]
    return [*properties.get("Targets", []), *([properties["Target"]] if "Target" in properties else [])]


# By template, the logical IDs of rules and schedules, each with a target. Further schedules of polls leave what they
# cannot deliver in the connector's own queue.
SOURCES = [
    (template, source, target)
    for template, resources in sorted(TEMPLATES.items())
    for source, resource in resources.items()
    for target in targets(resource)
    if template != "poll-schedule"
]


def test_rules_and_schedules_of_the_examples_are_found() -> None:
    found = {(template, source) for template, source, _ in SOURCES}
    assert {("rule-to-lambda", "InboundTextRule"), ("text-at", "Reminder")} <= found


@pytest.mark.parametrize(("template", "source", "target"), SOURCES, ids=[source for _, source, _ in SOURCES])
def test_what_it_cannot_deliver_goes_to_a_dead_letter_queue_that_it_may_write_to(
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
    assert [each for each in allowed if each["Effect"] == "Allow"] == [{**writing, **by_the_rule}]


# The queue of each on-failure destination, and the function that may put there what failed.
FAILURES = [
    (template, each["Properties"]["FunctionName"]["Ref"], each["Properties"]["DestinationConfig"]["OnFailure"])
    for template, resources in sorted(TEMPLATES.items())
    for each in resources.values()
    if each["Type"] == "AWS::Lambda::EventInvokeConfig"
]


@pytest.mark.parametrize(("template", "function", "on_failure"), FAILURES, ids=[name for _, name, _ in FAILURES])
def test_what_a_function_fails_on_goes_to_a_queue_that_it_may_write_to(
    template: str, function: str, on_failure: dict[str, Any]
) -> None:
    resources = TEMPLATES[template]
    role = resources[referenced(resources[function]["Properties"]["Role"])]["Properties"]
    writing = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": on_failure["Destination"]}
    assert writing in statements(role)
    assert resources[referenced(on_failure["Destination"])]["Type"] == "AWS::SQS::Queue"


def test_what_becomes_of_media_that_cannot_be_saved() -> None:
    resources = TEMPLATES["inbound-media"]
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
    (allowed,) = [each for each in policies[0]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert (allowed["Principal"], allowed["Resource"]) == ({"Service": "events.amazonaws.com"}, arn)
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["InboundMediaRule", "Arn"]}}}


def test_the_media_function_may_ask_one_function_and_write_to_one_bucket() -> None:
    granted = statements(TEMPLATES["inbound-media"]["SaveMediaRole"]["Properties"])
    assert [statement["Action"] for statement in granted] == [
        "lambda:InvokeFunction",
        ["s3:PutObject", "s3:AbortMultipartUpload"],
        "sqs:SendMessage",
        ["logs:CreateLogStream", "logs:PutLogEvents"],
    ]
    assert granted[0]["Resource"]["Fn::Sub"].endswith(":function:${RawRequestFunction}")
    assert granted[1]["Resource"] == {"Fn::Sub": "${MediaBucket.Arn}/*"}
    bucket = TEMPLATES["inbound-media"]["MediaBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_function_of_statuses_may_update_one_table_which_forgets_and_has_backups() -> None:
    resources = TEMPLATES["delivery-report"]
    granted = statements(resources["MessageStatusRole"]["Properties"])
    on_tables = [statement for statement in granted if "dynamodb" in json.dumps(statement["Action"])]
    arn = {"Fn::GetAtt": ["MessageTable", "Arn"]}
    assert on_tables == [{"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": arn}]
    table = resources["MessageTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    # With DynamoDB's own key, as every table is.
    assert "SSESpecification" not in properties


def test_the_rule_of_statuses_gets_all_that_tells_of_messages() -> None:
    (pattern,) = (
        each["Properties"]["EventPattern"] for each in TEMPLATES["delivery-report"].values() if "Rule" in each["Type"]
    )
    assert pattern == {
        "source": ["twilio.connector"],
        "detail-type": [
            "Message Received",
            "Message Sent",
            "Message Send Failed",
            "Message Status Updated",
            "New and Updated Records",
        ],
    }


# By template, what the roles of its functions may do beside writing their logs, and keeping what failed.
GRANTS = {
    "auto-reply": {
        ("dynamodb:GetItem", "ReplyTable"),
        ("dynamodb:UpdateItem", "ReplyTable"),
        ("sqs:SendMessage", "SendQueueArn"),
    },
    "one-time-code": {
        ("dynamodb:DeleteItem", "CodeTable"),
        ("dynamodb:PutItem", "CodeTable"),
        ("dynamodb:UpdateItem", "CodeTable"),
        ("lambda:InvokeFunction", "${SendSmsFunction}"),
    },
    "delivery-report": {("dynamodb:UpdateItem", "MessageTable"), ("dynamodb:GetItem", "MessageTable")},
}


@pytest.mark.parametrize("template", GRANTS)
def test_the_functions_of_an_application_may_do_their_own_job_and_nothing_else(template: str) -> None:
    granted = {
        (action, json.dumps(statement["Resource"]))
        for resource in TEMPLATES[template].values()
        if resource["Type"] == "AWS::IAM::Role"
        for statement in statements(resource["Properties"])
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    own = {each for each in granted if not each[0].startswith("logs:") and 'Queue", "Arn' not in each[1]}
    assert len(own) == len(GRANTS[template])
    for action, of in GRANTS[template]:
        assert [place for each, place in own if each == action and of in place], (action, of)


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_is_written_in_the_yaml_that_cloudformation_reads(template: str) -> None:
    text = TEMPLATES_TO_COPY[template].read_text()
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
    calling = [state for state in states if state.get("Resource") == INVOCATION]
    called = {state["Parameters"]["FunctionName"] for state in calling}
    allowed = json.dumps(statements(resources[referenced(machine["RoleArn"])]["Properties"]))
    assert called
    assert {name for name in called if f":function:{name}" in allowed} == called
    assert allowed.count(":function:") == len(called)
    repeated = [{error for retry in state["Retry"] for error in retry["ErrorEquals"]} for state in calling]
    assert all({"TwilioThrottledError", "TwilioUnavailableError", "ServiceUnavailableError"} <= one for one in repeated)


def test_the_reminder_is_waited_for_as_long_as_twilio_schedules() -> None:
    states = TEMPLATES["reminder-until-paid"]["ReminderUntilPaid"]["Properties"]["Definition"]["States"]
    assert states["Wait for the payment"]["TimeoutSeconds"] == listing.UNDATED_SECONDS
    kept = states["Schedule the reminder"]["ResultSelector"], states["Cancel the reminder"]["ResultSelector"]
    # No text, no number.
    assert {name for selector in kept for name in selector} == {"sid.$", "status.$"}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_no_example_names_a_partition(name: str) -> None:
    assert "arn:aws" not in json.dumps(DOCUMENTS[name])


def test_every_function_of_an_example_has_a_log_group_that_forgets_and_goes_with_its_stack() -> None:
    functions = [
        (template, resource["Properties"])
        for template, resources in TEMPLATES.items()
        for resource in resources.values()
        if resource["Type"] in ("AWS::Lambda::Function", "AWS::Serverless::Function")
    ]
    assert {template for template, _ in functions} >= {"rule-to-lambda", "auto-reply", "one-time-code"}
    for template, function in functions:
        resources = TEMPLATES[template]
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        assert resources[group]["Properties"]["RetentionInDays"] <= 30
        role = resources[referenced(function["Role"])]["Properties"]
        # What may make log groups makes this one anew, when its last lines arrive after the stack has gone.
        assert "ManagedPolicyArns" not in role
        logging = [statement for statement in statements(role) if "logs:" in json.dumps(statement["Action"])]
        (statement,) = logging
        assert set(statement["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
        assert referenced(statement["Resource"]) == group


# The contents of double quotes in the JSON that each example makes of its parameters.
IN_JSON = [("text-at", name) for name in ("SendAt", "Recipient", "Sender", "Text")] + [("rule-to-send-queue", "Sender")]
GOOD = {
    "SendAt": ["2026-03-15T14:30:00"],
    "Recipient": ["+15551234567", "(555) 123-4567", "whatsapp:+15551234567"],
    "Sender": ["+15558675309", "12345", "ACME", "messenger:1234567890"],
    "Text": ["Your appointment is in an hour", "Grüße, 50% off: 'today'", "x" * 1600],
}
BAD = {
    "SendAt": ["", "2026-03-15", "2026-03-15T14:30:00Z", "2026-03-15T14:30", "tomorrow"],
    "Recipient": ["", "12", "ACME", 'whatsapp:"'],
    "Sender": ["", "A" * 12, '+1"5558675309', "a\\b"],
    "Text": ["", 'He said "hello"', "C:\\texts", "two\nlines", "x" * 1601],
}


@pytest.mark.parametrize(("template", "name"), IN_JSON)
def test_a_parameter_that_stands_in_json_takes_nothing_that_breaks_it(template: str, name: str) -> None:
    pattern = re.compile(DOCUMENTS[template]["Parameters"][name]["AllowedPattern"])
    for value in GOOD[name]:
        assert pattern.fullmatch(value), value
        assert json.loads(f'"{value}"') == value
    assert [value for value in BAD[name] if pattern.fullmatch(value)] == []


def test_all_that_stands_in_json_has_a_pattern() -> None:
    for template in {template for template, _ in IN_JSON}:
        inserted = set(re.findall(r"\$\{(\w+)\}", json.dumps([targets(each) for each in TEMPLATES[template].values()])))
        assert {name for one, name in IN_JSON if one == template} == inserted


KILLED = {"Lambda.Unknown", "Sandbox.Timedout", "Lambda.ClientExecutionTimeoutException"}


@pytest.mark.parametrize("template", MACHINES)
def test_a_function_that_was_killed_is_tried_again_and_a_send_like_an_unknown_outcome(template: str) -> None:
    (machine,) = [each["Properties"] for each in MACHINES[template].values() if "StateMachine" in each["Type"]]
    calling = [state for state in machine["Definition"]["States"].values() if state.get("Resource") == INVOCATION]
    assert calling
    for state in calling:
        (repeating,) = [retry for retry in state["Retry"] if KILLED & set(retry["ErrorEquals"])]
        assert set(repeating["ErrorEquals"]) >= KILLED
        if state["Parameters"]["FunctionName"] == "${SendSmsFunction}":
            assert "OutcomeUnknownError" in repeating["ErrorEquals"]
            # Under the key of the execution, so that a text that was sent after all is found.
            assert state["Parameters"]["Payload"]["idempotencyKey.$"] == "$$.Execution.Id"


def test_the_page_schedules_texts_far_enough_ahead_for_aws_and_for_twilio() -> None:
    page = (PROJECT_ROOT / "docs" / "sending.md").read_text()
    (function,) = re.findall(r"^ahead\(\) \{.*?^\}$", page, re.MULTILINE | re.DOTALL)
    wanted = re.findall(r"\$\(ahead (\S+)\)", page)
    assert len(wanted) == 2
    for minutes in wanted:
        script = f"{function}\nahead {minutes}"
        printed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        at = datetime.strptime(printed, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        assert at - datetime.now(UTC) > timedelta(minutes=5)
        assert re.fullmatch(DOCUMENTS["text-at"]["Parameters"]["SendAt"]["AllowedPattern"], printed)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_asks_for_a_date_as_only_gnu_s_date_gives_it(page: Any) -> None:
    assert not re.search(r"\bdate (-u )?-d\b", page.read_text())
