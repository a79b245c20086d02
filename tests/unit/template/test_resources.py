"""Functions, queues, table, schedule and API, as the stack sets them up."""

import json
import re

import pytest

from local.bus import ALL_EVENTS
from tests.support.template import DEAD_LETTER_QUEUES, FUNCTIONS, expanded, of_type, template
from twilio_connector.reconciling.inputs import DEFAULT_HOURS, MOST_HOURS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_its_own_role_and_log_group_and_a_bounded_timeout(name: str) -> None:
    function = of_type("AWS::Lambda::Function")[name]
    assert function["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert 0 < function["Timeout"] <= 300
    log_group = of_type("AWS::Logs::LogGroup")[function["LoggingConfig"]["LogGroup"]["Ref"]]
    assert log_group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_state_table_expires_recovers_and_outlives_a_replacement() -> None:
    table = expanded()["StateTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Retain")
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    # With DynamoDB's own key: another would have to be paid for, and be there for each send and poll.
    assert "SSESpecification" not in properties
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["ProtectsState", True, False]}
    assert template()["Conditions"]["ProtectsState"] == {"Fn::Equals": [{"Ref": "DeletionProtection"}, "true"]}
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


def test_every_queue_is_encrypted_and_what_must_not_be_lost_is_kept_two_weeks() -> None:
    queues = of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())
    kept = {name for name, queue in queues.items() if queue.get("MessageRetentionPeriod") == 1209600}
    assert kept == DEAD_LETTER_QUEUES | {"UndeliveredQueue"}


@pytest.mark.parametrize(
    ("function", "attempts", "queue"),
    [
        ("PollFunction", 1, "PollDeadLetterQueue"),
        ("ReconcileFunction", 1, "ReconcileDeadLetterQueue"),
        ("SendSmsFunction", 2, "SendFailureQueue"),
    ],
)
def test_asynchronous_failures_are_retried_a_bounded_number_of_times_and_kept(
    function: str, attempts: int, queue: str
) -> None:
    settings = of_type("AWS::Lambda::EventInvokeConfig")[f"{function}EventInvokeConfig"]
    assert settings["MaximumRetryAttempts"] == attempts
    assert settings["MaximumEventAgeInSeconds"] <= 3600
    assert settings["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": [queue, "Arn"]}


def test_schedule_hands_over_its_parameters_as_json_and_dead_letters_to_its_own_queue() -> None:
    schedule = of_type("AWS::Scheduler::Schedule")["PollingSchedule"]
    assert schedule["State"] == {"Fn::If": ["PollsOnSchedule", "ENABLED", "DISABLED"]}
    target = schedule["Target"]
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["PollScheduleDeadLetterQueue", "Arn"]}
    written = re.sub(r"\$\{PollShow\w+\}", "true", target["Input"]["Fn::Sub"])
    assert json.loads(written) == {
        "connection": "${PollConnection}",
        "from": "${PollFrom}",
        "to": "${PollTo}",
        "since": "${PollSince}",
        "showNewRecords": True,
        "showUpdatedRecords": True,
    }


def test_reconciliation_is_off_unless_asked_for_and_hands_over_its_parameters_as_json() -> None:
    schedule = of_type("AWS::Scheduler::Schedule")["ReconcilingSchedule"]
    assert schedule["State"] == {"Fn::If": ["ReconcilesOnSchedule", "ENABLED", "DISABLED"]}
    assert template()["Conditions"]["ReconcilesOnSchedule"] == {"Fn::Equals": [{"Ref": "ReconcileEnabled"}, "true"]}
    target = schedule["Target"]
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["ReconcileScheduleDeadLetterQueue", "Arn"]}
    given = json.loads(target["Input"]["Fn::Sub"].replace("${ReconcileLookBackHours}", "48"))
    assert given == {"connection": "${ReconcileConnection}", "lookBackHours": 48}
    hours = template()["Parameters"]["ReconcileLookBackHours"]
    assert (hours["Default"], hours["MaxValue"]) == (DEFAULT_HOURS, MOST_HOURS)


def test_the_archive_keeps_the_connectors_events_of_either_bus_for_as_many_days_as_asked_for() -> None:
    archive = expanded()["EventArchive"]
    assert archive["Condition"] == "KeepsArchive"
    assert template()["Conditions"]["KeepsArchive"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ArchiveDays"}, "0"]}]}
    properties = archive["Properties"]
    assert properties["RetentionDays"] == {"Ref": "ArchiveDays"}
    assert properties["EventPattern"] == ALL_EVENTS
    condition, own, named = properties["SourceArn"]["Fn::If"]
    assert (condition, own) == ("CreatesEventBus", {"Fn::GetAtt": ["EventBus", "Arn"]})
    assert named["Fn::Sub"].endswith(":event-bus/${EventBusName}")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_traced_as_the_parameter_says(name: str) -> None:
    assert of_type("AWS::Lambda::Function")[name]["TracingConfig"] == {"Mode": {"Ref": "Tracing"}}


def test_traces_that_could_not_tell_twilio_from_the_bus_are_not_paid_for_unless_asked() -> None:
    assert template()["Parameters"]["Tracing"]["Default"] == "PassThrough"


def test_webhook_answers_post_and_get_under_the_connection() -> None:
    routes = {route["RouteKey"] for route in of_type("AWS::ApiGatewayV2::Route").values()}
    assert routes == {"POST /webhook/{connection}", "GET /webhook/{connection}"}
    (permission,) = of_type("AWS::Lambda::Permission").values()
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"] == {"Ref": "WebhookFunction"}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${WebhookApi}/*/*/webhook/{connection}")
