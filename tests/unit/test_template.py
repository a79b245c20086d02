"""What the local AWS does not enforce, or does not show, is asserted on the template as SAM expands it."""

import functools
import json
import os
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.local.sam import PROJECT_ROOT

FUNCTIONS = {
    "WebhookFunction": "webhook",
    "PollFunction": "poll",
    "SendSmsFunction": "send_sms",
    "GetSmsFunction": "get_sms",
    "ListMessagesFunction": "list_messages",
    "RawRequestFunction": "raw_request",
    "SelectMessageFunction": "select_message",
    "RedeliverFunction": "redeliver",
}

TABLE_VERBS = {
    f"dynamodb:{verb}" for verb in ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
}
CONSUMER_VERBS = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

# Verb by verb, what each function's own statements allow, by the resource that they name.
GRANTS = {
    "WebhookFunction": {"EventBus": {"events:PutEvents"}, "UndeliveredQueue": {"sqs:SendMessage"}},
    "PollFunction": {
        "StateTable": TABLE_VERBS,
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": {"sqs:SendMessage"},
        "PollDeadLetterQueue": {"sqs:SendMessage"},
    },
    "SendSmsFunction": {
        "StateTable": TABLE_VERBS,
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": {"sqs:SendMessage"},
        "SendQueue": CONSUMER_VERBS,
        "SendFailureQueue": {"sqs:SendMessage"},
    },
    "RedeliverFunction": {
        "EventBus": {"events:PutEvents"},
        "UndeliveredQueue": CONSUMER_VERBS | {"sqs:ChangeMessageVisibility"},
    },
    "GetSmsFunction": {},
    "ListMessagesFunction": {},
    "RawRequestFunction": {},
    "SelectMessageFunction": {},
}

DEAD_LETTER_QUEUES = {
    "SendDeadLetterQueue",
    "SendFailureQueue",
    "UndeliveredDeadLetterQueue",
    "PollDeadLetterQueue",
    "PollScheduleDeadLetterQueue",
}

CONTRACT_DEFAULTS: dict[str, str | int] = {
    "ConnectionPrefix": "twilio/connections/",
    "SecretsKmsKeyArn": "",
    "TwilioApiUrl": "https://api.twilio.com",
    "EventBusName": "",
    "PollEnabled": "true",
    "PollSchedule": "rate(5 minutes)",
    "PollConnection": "default",
    "PollFrom": "",
    "PollTo": "",
    "PollShowNewRecords": "true",
    "PollShowUpdatedRecords": "true",
    "PollOverlapSeconds": 300,
    "PollMaxMessages": 10000,
    "MaxMessagesPerEvent": 100,
    "WebhookBaseUrl": "",
    "PreviousTokenSeconds": 3600,
    "StatusCallbacks": "true",
    "UnknownHoldSeconds": 900,
    "SendQueueConcurrency": 5,
    "LogLevel": "INFO",
    "LogRetentionDays": 30,
    "AlarmTopicArn": "",
}

CONTRACT_OUTPUTS = {
    *FUNCTIONS,
    *("WebhookUrl", "EventBusName", "EventBusArn", "StateTableName", "SendQueueUrl", "SendQueueArn"),
    *("SendDeadLetterQueueUrl", "UndeliveredQueueUrl", "UndeliveredDeadLetterQueueUrl"),
    "PollDeadLetterQueueUrl",
}


@functools.cache
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((PROJECT_ROOT / "template.yaml").read_text())
    return parsed


@functools.cache
def expanded() -> dict[str, dict[str, Any]]:
    """The resources after SAM's transform, by logical ID."""
    source = yaml_parse((PROJECT_ROOT / "template.yaml").read_text())
    for resource in source["Resources"].values():
        for local_folder in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            resource["Properties"][local_folder] = "s3://bucket/key"
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        managed = {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"}
        resources: dict[str, dict[str, Any]] = Translator(managed, Parser()).translate(source, {})["Resources"]
    return resources


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each["Properties"] for name, each in expanded().items() if each["Type"] == kind}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for policy in role.get("Policies", []) for each in policy["PolicyDocument"]["Statement"]]


def referenced(value: Any) -> str:
    """The logical ID that an ARN, conditional or not, is taken from."""
    match value:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::If": [_, own, _]}:
            return referenced(own)
    raise AssertionError(f"no resource of the stack: {value}")


@pytest.mark.parametrize(("name", "default"), CONTRACT_DEFAULTS.items())
def test_parameter_has_its_promised_default(name: str, default: str | int) -> None:
    assert template()["Parameters"][name]["Default"] == default


@pytest.mark.parametrize("name", template()["Parameters"])
def test_parameter_is_described_and_bounded(name: str) -> None:
    parameter = template()["Parameters"][name]
    assert len(parameter["Description"]) > 20
    if parameter["Type"] == "Number" and "AllowedValues" not in parameter:
        assert {"MinValue", "MaxValue"} <= parameter.keys()
    else:
        assert {"AllowedPattern", "AllowedValues"} & parameter.keys()
    if "AllowedPattern" in parameter:
        assert re.search(parameter["AllowedPattern"], parameter["Default"])
        assert parameter["ConstraintDescription"]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("TwilioApiUrl", "http://127.0.0.1:8080", True),
        ("TwilioApiUrl", "http://localhost:8080", True),
        ("TwilioApiUrl", "http://api.twilio.com", False),
        ("TwilioApiUrl", "http://127.0.0.1.example.com", False),
        ("TwilioApiUrl", "https://user@api.twilio.com", False),
        ("TwilioApiUrl", "https://api.twilio.com/", False),
        ("ConnectionPrefix", "my/app/", True),
        ("ConnectionPrefix", "my/app", False),
        ("ConnectionPrefix", "*/", False),
        ("ConnectionPrefix", "/", False),
        ("PollFrom", "(555) 123-4567", True),
        ("PollFrom", "whatsapp:+15551234567", True),
        ("PollFrom", '", "since": "2020-01-01', False),
        ("PollFrom", "\\u0022", False),
        ("WebhookBaseUrl", "https://hooks.example.com/twilio", True),
        ("WebhookBaseUrl", "https://hooks.example.com/", False),
        ("WebhookBaseUrl", "http://hooks.example.com", False),
        ("PollSchedule", "cron(0/10 * * * ? *)", True),
        ("PollSchedule", "every day", False),
    ],
)
def test_pattern_keeps_out_what_would_not_work(name: str, value: str, allowed: bool) -> None:
    assert bool(re.search(template()["Parameters"][name]["AllowedPattern"], value)) is allowed


def test_outputs_are_the_promised_ones() -> None:
    assert template()["Outputs"].keys() >= CONTRACT_OUTPUTS
    for name in FUNCTIONS:
        assert template()["Outputs"][name]["Value"] == {"Ref": name}


def test_each_function_has_a_folder_and_each_folder_a_function() -> None:
    uris = {
        name: Path(each["Properties"]["CodeUri"]).name
        for name, each in template()["Resources"].items()
        if each["Type"] == "AWS::Serverless::Function"
    }
    assert uris == FUNCTIONS
    assert {path.parent.name for path in PROJECT_ROOT.glob("functions/*/app.py")} == set(FUNCTIONS.values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_its_own_role_and_log_group_and_a_bounded_timeout(name: str) -> None:
    function = of_type("AWS::Lambda::Function")[name]
    assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert 0 < function["Timeout"] <= 300
    log_group = of_type("AWS::Logs::LogGroup")[function["LoggingConfig"]["LogGroup"]["Ref"]]
    assert log_group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_role_allows_its_verbs_on_named_resources_and_no_more(name: str) -> None:
    granted: dict[str, set[str]] = {}
    for statement in statements(of_type("AWS::IAM::Role")[f"{name}Role"]):
        assert statement["Effect"] == "Allow"
        verbs = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        granted.setdefault(referenced(statement["Resource"]), set()).update(verbs)
    assert granted == GRANTS[name]


def test_all_but_redeliver_may_read_the_connections_secrets_and_nothing_else_of_secrets_manager() -> None:
    readers = {
        name
        for name in FUNCTIONS
        if {"Ref": "ConnectionsPolicy"} in of_type("AWS::IAM::Role")[f"{name}Role"]["ManagedPolicyArns"]
    }
    assert readers == FUNCTIONS.keys() - {"RedeliverFunction"}
    read, decrypt = of_type("AWS::IAM::ManagedPolicy")["ConnectionsPolicy"]["PolicyDocument"]["Statement"]
    assert read["Action"] == "secretsmanager:GetSecretValue"
    assert read["Resource"]["Fn::Sub"].endswith(":secret:${ConnectionPrefix}*")
    condition, statement, otherwise = decrypt["Fn::If"]
    assert (condition, otherwise) == ("HasSecretsKey", {"Ref": "AWS::NoValue"})
    assert statement["Action"] == "kms:Decrypt"
    assert statement["Resource"] == {"Ref": "SecretsKmsKeyArn"}
    assert "kms:ViaService" in statement["Condition"]["StringEquals"]


@pytest.mark.parametrize(("name", "keys"), [("PollFunction", "poll#*"), ("SendSmsFunction", "send#*")])
def test_poll_and_send_see_only_their_own_items_of_the_state_table(name: str, keys: str) -> None:
    (statement,) = (
        each
        for each in statements(of_type("AWS::IAM::Role")[f"{name}Role"])
        if each["Resource"] == {"Fn::GetAtt": ["StateTable", "Arn"]}
    )
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}


def test_no_own_statement_allows_a_wildcard_resource_or_verb() -> None:
    documents = json.dumps([of_type("AWS::IAM::Role")[name].get("Policies", []) for name in of_type("AWS::IAM::Role")])
    assert '"*"' not in documents
    assert ":*" not in documents


def test_state_table_expires_recovers_and_outlives_a_replacement() -> None:
    table = expanded()["StateTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Retain")
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert {key["AttributeName"]: key["KeyType"] for key in properties["KeySchema"]} == {
        "pk": "HASH",
        "sk": "RANGE",
    }


@pytest.mark.parametrize(
    ("queue", "function", "mapping"),
    [
        ("SendQueue", "SendSmsFunction", "SendQueueMapping"),
        ("UndeliveredQueue", "RedeliverFunction", "UndeliveredQueueMapping"),
    ],
)
def test_queue_outwaits_its_function_and_takes_back_single_failures(queue: str, function: str, mapping: str) -> None:
    visibility = of_type("AWS::SQS::Queue")[queue]["VisibilityTimeout"]
    assert visibility >= 6 * of_type("AWS::Lambda::Function")[function]["Timeout"]
    source = of_type("AWS::Lambda::EventSourceMapping")[mapping]
    assert source["EventSourceArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert source["FunctionName"] == {"Ref": function}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_send_queue_gives_up_after_five_attempts() -> None:
    redrive = of_type("AWS::SQS::Queue")["SendQueue"]["RedrivePolicy"]
    assert redrive == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["SendDeadLetterQueue", "Arn"]},
        "maxReceiveCount": 5,
    }


def test_send_queue_takes_messages_of_rules_and_topics_of_this_account_alone() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "SendQueue"}]
    assert statement["Principal"] == {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_every_queue_is_encrypted_and_dead_letters_are_kept_two_weeks() -> None:
    queues = of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())
    kept = {name for name, queue in queues.items() if queue.get("MessageRetentionPeriod") == 1209600}
    assert kept == DEAD_LETTER_QUEUES


@pytest.mark.parametrize(
    ("function", "attempts", "queue"),
    [("PollFunction", 1, "PollDeadLetterQueue"), ("SendSmsFunction", 2, "SendFailureQueue")],
)
def test_asynchronous_failures_are_retried_a_bounded_number_of_times_and_kept(
    function: str, attempts: int, queue: str
) -> None:
    settings = of_type("AWS::Lambda::EventInvokeConfig")[f"{function}EventInvokeConfig"]
    assert settings["MaximumRetryAttempts"] == attempts
    assert settings["MaximumEventAgeInSeconds"] <= 3600
    assert settings["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": [queue, "Arn"]}


def test_schedule_hands_over_its_parameters_as_json_and_dead_letters_to_its_own_queue() -> None:
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    assert schedule["State"] == {"Fn::If": ["PollsOnSchedule", "ENABLED", "DISABLED"]}
    target = schedule["Target"]
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["PollScheduleDeadLetterQueue", "Arn"]}
    written = re.sub(r"\$\{PollShow\w+\}", "true", target["Input"]["Fn::Sub"])
    assert json.loads(written) == {
        "connection": "${PollConnection}",
        "from": "${PollFrom}",
        "to": "${PollTo}",
        "showNewRecords": True,
        "showUpdatedRecords": True,
    }


def test_schedule_role_may_invoke_poll_and_write_its_dead_letters() -> None:
    allowed = {
        (statement["Action"], referenced(statement["Resource"]))
        for statement in statements(of_type("AWS::IAM::Role")["PollScheduleRole"])
    }
    assert allowed == {
        ("lambda:InvokeFunction", "PollFunction"),
        ("sqs:SendMessage", "PollScheduleDeadLetterQueue"),
    }


def test_webhook_answers_post_and_get_under_the_connection() -> None:
    routes = {route["RouteKey"] for route in of_type("AWS::ApiGatewayV2::Route").values()}
    assert routes == {"POST /webhook/{connection}", "GET /webhook/{connection}"}
    (permission,) = of_type("AWS::Lambda::Permission").values()
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"] == {"Ref": "WebhookFunction"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${WebhookApi}/*/*/webhook/{connection}")


def test_every_dead_letter_queue_and_every_promised_metric_has_its_alarm() -> None:
    watched = {
        (alarm["MetricName"], json.dumps(alarm["Dimensions"][0]["Value"]))
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
    }
    queues = {
        ("ApproximateNumberOfMessagesVisible", json.dumps({"Fn::GetAtt": [queue, "QueueName"]}))
        for queue in DEAD_LETTER_QUEUES
    }
    errors = {
        ("Errors", json.dumps({"Ref": name})) for name in ("WebhookFunction", "PollFunction", "RedeliverFunction")
    }
    own = {(name, json.dumps({"Ref": "AWS::StackName"})) for name in ("AuthenticationFailures", "CursorLagSeconds")}
    assert watched == queues | errors | own


def test_silence_alarms_only_where_the_stack_itself_polls() -> None:
    rules = {name: alarm["TreatMissingData"] for name, alarm in of_type("AWS::CloudWatch::Alarm").items()}
    assert rules.pop("CursorLagAlarm") == {"Fn::If": ["PollsOnSchedule", "breaching", "notBreaching"]}
    assert set(rules.values()) == {"notBreaching"}


def test_every_alarm_notifies_the_topic_if_there_is_one() -> None:
    actions = {json.dumps(alarm["AlarmActions"]) for alarm in of_type("AWS::CloudWatch::Alarm").values()}
    assert actions == {json.dumps({"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]})}
