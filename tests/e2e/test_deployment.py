"""The life of a stack: created with the defaults, updated in every parameter, deleted without a trace."""

import json
from collections.abc import Iterable
from typing import Any

from local.aws import LocalAws
from tests.support.template import template

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
CHANGED = {
    "ConnectionPrefix": "apps/texting/",
    "SecretsKmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555",
    "TwilioApiUrl": "http://127.0.0.1:9",
    "EventBusName": "existing",
    "CustomEventBusArn": "arn:aws:events:us-east-1:123456789012:event-busv2/in-order/abcdefghijklmnopqrstuvwxy",
    "PollEnabled": "false",
    "PollSchedule": "cron(0/10 * * * ? *)",
    "PollConnection": "marketing",
    "PollFrom": "(555) 123-4567",
    "PollTo": "whatsapp:+15551234567",
    "PollSince": "2026-03-15",
    "PollShowNewRecords": "false",
    "PollShowUpdatedRecords": "false",
    "PollOverlapSeconds": "0",
    "ReconcileEnabled": "true",
    "ReconcileSchedule": "rate(1 day)",
    "ReconcileConnection": "marketing",
    "ReconcileLookBackHours": "720",
    "PollMaxMessages": "1000",
    "MaxMessagesPerEvent": "1",
    "ArchiveDays": "7",
    "WebhookBaseUrl": "https://hooks.example.com/twilio",
    "PreviousTokenSeconds": "0",
    "WebhookRateLimit": "50",
    "WebhookBurstLimit": "70",
    "WebhookConcurrency": "3",
    "StatusCallbacks": "false",
    "UnknownHoldSeconds": "0",
    "SendQueueConcurrency": "2",
    "SendsPerBatchAtOnce": "1",
    "AllowedCountries": "US,CA",
    "MaxSendsPerRecipientPerHour": "20",
    "MaxSendsPerDay": "1000",
    "DeletionProtection": "true",
    "LogLevel": "DEBUG",
    "LogRetentionDays": "1",
    "AlarmTopicArn": TOPIC,
    "CursorLagAlarmSeconds": "900",
    "RefusedSendsAlarmCount": "7",
    "Tracing": "Active",
}
ITEM = {"pk": {"S": "poll#default##"}, "sk": {"S": "cursor"}, "at": {"N": "1773585130"}}


def test_a_stack_is_created_updated_in_every_parameter_and_deleted() -> None:
    with LocalAws() as aws:
        aws.events.create_event_bus(Name=CHANGED["EventBusName"])
        before = inventory(aws)
        created = aws.deploy()
        dynamodb = aws.session.client("dynamodb")
        dynamodb.put_item(TableName=created["StateTableName"], Item=ITEM)

        updated = aws.deploy(CHANGED)

        assert_everything_has_changed(aws)
        assert all(inventory(aws).values())
        assert updated.keys() - created.keys() == {"EventArchiveArn"}
        kept = {name for name, value in created.items() if updated[name] == value}
        assert created.keys() - kept == {"WebhookUrl", "EventBusName", "EventBusArn"}
        assert (updated["EventBusName"], updated["EventBusArn"]) == ("in-order", CHANGED["CustomEventBusArn"])
        assert dynamodb.scan(TableName=updated["StateTableName"])["Items"] == [ITEM]

        table = dynamodb.describe_table(TableName=updated["StateTableName"])["Table"]
        assert table["DeletionProtectionEnabled"]
        aws.deploy({"DeletionProtection": "false"})
        aws.cloudformation.delete_stack(StackName=aws.stack_name)
        aws.cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=aws.stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        assert inventory(aws) == before


def assert_everything_has_changed(aws: LocalAws) -> None:
    assert CHANGED.keys() == template()["Parameters"].keys()
    (stack,) = aws.cloudformation.describe_stacks(StackName=aws.stack_name)["Stacks"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert {name: values[name] for name in CHANGED} == CHANGED
    defaults = {name: str(each["Default"]) for name, each in template()["Parameters"].items()}
    assert [name for name in CHANGED if CHANGED[name] == defaults[name]] == []

    assert_functions_have_changed(aws)
    assert_the_access_log_is_kept_and_counted(aws)
    schedules = aws.session.client("scheduler")
    assert len(schedules.list_schedules()["Schedules"]) == 2
    schedule = schedules.get_schedule(Name=aws.physical_id("PollingSchedule"))
    assert (schedule["State"], schedule["ScheduleExpression"]) == ("DISABLED", CHANGED["PollSchedule"])
    assert json.loads(schedule["Target"]["Input"]) == {
        "connection": CHANGED["PollConnection"],
        "from": CHANGED["PollFrom"],
        "to": CHANGED["PollTo"],
        "since": CHANGED["PollSince"],
        "showNewRecords": False,
        "showUpdatedRecords": False,
    }
    reconciling = schedules.get_schedule(Name=aws.physical_id("ReconcilingSchedule"))
    assert (reconciling["State"], reconciling["ScheduleExpression"]) == ("ENABLED", CHANGED["ReconcileSchedule"])
    assert json.loads(reconciling["Target"]["Input"]) == {"connection": "marketing", "lookBackHours": 720}
    (archive,) = aws.events.list_archives()["Archives"]
    assert archive["RetentionDays"] == int(CHANGED["ArchiveDays"])
    assert archive["EventSourceArn"].endswith(f":event-bus/{CHANGED['EventBusName']}")
    alarms = aws.session.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms} == {(TOPIC,)}
    (lag,) = (alarm for alarm in alarms if alarm.get("MetricName") == "CursorLagSeconds")
    assert (lag["Period"], lag["Threshold"], lag["TreatMissingData"]) == (900, 900, "notBreaching")
    (lag,) = (alarm for alarm in alarms if alarm["MetricName"] == "ReconcileLagSeconds")
    assert lag["TreatMissingData"] == "breaching"
    groups = aws.session.client("logs").describe_log_groups()["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {1}


def assert_functions_have_changed(aws: LocalAws) -> None:
    def variables(function: str) -> dict[str, str]:
        settings = aws.lambda_.get_function_configuration(FunctionName=aws.outputs[function])
        assert settings["TracingConfig"]["Mode"] == CHANGED["Tracing"]
        return settings["Environment"]["Variables"]

    for function, expected in {
        "WebhookFunction": {
            "CONNECTION_PREFIX": CHANGED["ConnectionPrefix"],
            "TWILIO_API_URL": CHANGED["TwilioApiUrl"],
            "EVENT_BUS_NAME": CHANGED["EventBusName"],
            "CUSTOM_EVENT_BUS_ARN": CHANGED["CustomEventBusArn"],
            "WEBHOOK_BASE_URL": CHANGED["WebhookBaseUrl"],
            "PREVIOUS_TOKEN_SECONDS": "0",
            "POWERTOOLS_LOG_LEVEL": "DEBUG",
        },
        "PollFunction": {"POLL_OVERLAP_SECONDS": "0", "POLL_MAX_MESSAGES": "1000", "MAX_MESSAGES_PER_EVENT": "1"},
        "SendSmsFunction": {
            "STATUS_CALLBACK_BASE_URL": "",
            "UNKNOWN_HOLD_SECONDS": "0",
            "SENDS_PER_BATCH_AT_ONCE": "1",
        },
    }.items():
        assert expected.items() <= variables(function).items()
    (mapping,) = aws.lambda_.list_event_source_mappings(FunctionName=aws.outputs["SendSmsFunction"])[
        "EventSourceMappings"
    ]
    assert (mapping["ScalingConfig"]["MaximumConcurrency"], mapping["BatchSize"]) == (2, 5)


def assert_the_access_log_is_kept_and_counted(aws: LocalAws) -> None:
    stage = aws.session.client("apigatewayv2").get_stage(ApiId=aws.physical_id("WebhookApi"), StageName="$default")
    group = stage["AccessLogSettings"]["DestinationArn"].rpartition(":")[2]
    assert group == f"/aws/vendedlogs/apis/{aws.stack_name}-webhook"
    assert f'"service": "{aws.stack_name}"' in stage["AccessLogSettings"]["Format"]
    filters = aws.session.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
    assert {each["filterPattern"] for each in filters} == {'{ $.status = "413" }', '{ $.status = "429" }'}


def inventory(aws: LocalAws) -> dict[str, list[str]]:
    """What there is of everything that a stack is made of, by kind."""
    client = aws.session.client

    def names(resources: Iterable[Any], key: str) -> list[str]:
        return sorted(resource[key] for resource in resources)

    return {
        "alarms": names(client("cloudwatch").describe_alarms()["MetricAlarms"], "AlarmName"),
        "apis": names(client("apigatewayv2").get_apis()["Items"], "ApiId"),
        "archives": names(aws.events.list_archives()["Archives"], "ArchiveName"),
        "buses": names(aws.events.list_event_buses()["EventBuses"], "Name"),
        "dashboards": names(client("cloudwatch").list_dashboards()["DashboardEntries"], "DashboardName"),
        "exports": names(aws.cloudformation.list_exports()["Exports"], "Name"),
        "functions": names(aws.lambda_.list_functions()["Functions"], "FunctionName"),
        "layers": names(aws.lambda_.list_layers()["Layers"], "LayerName"),
        "log groups": names(client("logs").describe_log_groups()["logGroups"], "logGroupName"),
        "mappings": names(aws.lambda_.list_event_source_mappings()["EventSourceMappings"], "UUID"),
        "policies": names(client("iam").list_policies(Scope="Local")["Policies"], "PolicyName"),
        "queues": sorted(aws.sqs.list_queues().get("QueueUrls", [])),
        "roles": names(client("iam").list_roles()["Roles"], "RoleName"),
        "schedules": names(client("scheduler").list_schedules()["Schedules"], "Name"),
        "tables": sorted(client("dynamodb").list_tables()["TableNames"]),
    }
