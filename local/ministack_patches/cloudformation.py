"""Stacks: archives, alarms on metric math, and buses that are not deleted under their rules."""

import json
from typing import Any

from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners


def let_stacks_have_archives() -> None:
    """MiniStack's EventBridge keeps archives and replays them, but its CloudFormation does not know how to make one."""

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        name: str = provisioners._physical_name(stack_name, logical_id, max_len=48)
        archive = {
            "ArchiveName": name,
            "EventSourceArn": properties["SourceArn"],
            "EventPattern": json.dumps(properties["EventPattern"]),
            "RetentionDays": int(properties["RetentionDays"]),
        }
        status, _, body = eventbridge._create_archive(archive)
        if status != 200:
            raise ValueError(f"AWS::Events::Archive: {body}")
        return name, {"Arn": json.loads(body)["ArchiveArn"]}

    def delete(name: str, _properties: dict[str, Any]) -> None:
        eventbridge._delete_archive({"ArchiveName": name})

    provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": create, "delete": delete}


def let_stacks_have_alarms_on_metric_math() -> None:
    """MiniStack's CloudFormation refuses them. Here one watches a metric of its namespace that never has data."""
    record = provisioners._cw_metric_alarm_record

    def record_of_any(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        queries = properties.get("Metrics")
        if queries:
            metric = next(query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query)
            rest = {key: value for key, value in properties.items() if key != "Metrics"}
            properties = {**rest, "Namespace": metric["Namespace"], "MetricName": "metric math"}
        alarm: dict[str, Any] = record(name, properties)
        return alarm

    provisioners._cw_metric_alarm_record = record_of_any


def keep_buses_that_have_rules() -> None:
    """MiniStack deletes the rules along with their bus; EventBridge refuses, and the stack ends as DELETE_FAILED.

    https://github.com/anomalyco/sst/issues/4325 has AWS's words.
    """
    refusal = "EventBus can't be deleted since it has rules."
    delete_bus = eventbridge._delete_event_bus
    delete_resource = provisioners._RESOURCE_HANDLERS["AWS::Events::EventBus"]["delete"]

    def has_rules(name: str) -> bool:
        # An archive's own rule goes with it.
        return any(
            rule.get("EventBusName") == name and not rule.get("ManagedBy") for rule in eventbridge._rules.values()
        )

    def delete(data: dict[str, Any]) -> Any:
        if has_rules(data.get("Name", "")):
            return eventbridge.error_response_json("ValidationException", refusal, 400)
        return delete_bus(data)

    def delete_with_its_stack(name: str, properties: dict[str, Any]) -> None:
        if has_rules(name):
            raise ValueError(refusal)
        delete_resource(name, properties)

    eventbridge._delete_event_bus = delete
    provisioners._RESOURCE_HANDLERS["AWS::Events::EventBus"]["delete"] = delete_with_its_stack
