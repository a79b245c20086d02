"""`template.yaml` as written and as SAM expands it, for tests of what the local AWS does not enforce or show."""

import copy
import functools
import operator
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local.sam import PROJECT_ROOT
from operations import queues
from operations.doctor import code

# Logical ID, which is also that of the output with its name -> folder under functions/.
FUNCTIONS = {output: job for job, output in code.FUNCTIONS.items()}
DEAD_LETTER_QUEUES = {queue.name for queue in queues.DEAD_LETTER_QUEUES}

# The templates that the pages tell to copy, by name: snippets, and the applications with code of their own.
TEMPLATES_TO_COPY = {
    **{path.stem: path for path in sorted((PROJECT_ROOT / "docs" / "examples").glob("*.yaml"))},
    **{path.parent.name: path for path in sorted((PROJECT_ROOT / "examples").glob("*/template.yaml"))},
}

_STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min}
_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}


def load_template(path: Path) -> dict[str, Any]:
    """The template at *path*, with CloudFormation's short forms written out."""
    parsed: dict[str, Any] = yaml_parse(path.read_text())
    return parsed


@functools.cache
def template() -> dict[str, Any]:
    """The stack's template as written."""
    return load_template(PROJECT_ROOT / "template.yaml")


@functools.cache
def expanded() -> dict[str, dict[str, Any]]:
    """The resources after SAM's transform, by logical ID."""
    resources: dict[str, dict[str, Any]] = transformed(template())["Resources"]
    return resources


def transformed(source: dict[str, Any], region: str = "us-east-1") -> dict[str, Any]:
    """What SAM makes of a template in *region*, its code in a bucket. A template without its transform is as it was."""
    source = copy.deepcopy(source)
    if "Transform" not in source:
        return source
    for resource in source["Resources"].values():
        properties = resource.get("Properties", {})
        for local_folder in {"CodeUri", "ContentUri"} & properties.keys():
            properties[local_folder] = "s3://bucket/key"
    managed = {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"}
    translator = Translator(managed, Parser(), boto_session=boto3.Session(region_name=region))
    result: dict[str, Any] = translator.translate(source, {})
    # To nowhere; what is left unpublished, it warns of at its end.
    translator.metrics.publish()
    return result


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical ID."""
    return {name: each["Properties"] for name, each in expanded().items() if each["Type"] == kind}


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of a role's own policies."""
    return [each for policy in role.get("Policies", []) for each in policy["PolicyDocument"]["Statement"]]


def referenced(value: Any) -> str:
    """The logical ID that an ARN, conditional or not, is taken from: where it may be a parameter's, the other one."""
    match value:
        case {"Fn::If": ["PublishesOnCustomBus", {"Ref": "CustomEventBusArn"}, otherwise]}:
            return referenced(otherwise)
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::If": [_, own, _]}:
            return referenced(own)
    raise AssertionError(f"no resource of the stack: {value}")


def watched_metrics(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Namespace, name and dimensions of the metric that an alarm watches, or of those that it calculates with."""
    found = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", [alarm]) if "MetricStat" in each]
    return found or [dict(alarm)]


def rings(alarm: Mapping[str, Any], minutes: Mapping[int, float]) -> set[int]:
    """The minutes at which the alarm is on, given the values that its metric has at some *minutes* from 0 on.

    Periods begin at minute 0. One without values is as ``notBreaching`` has it.
    """
    length, needed = alarm["Period"] // 60, alarm["EvaluationPeriods"]
    periods: dict[int, list[float]] = {}
    for minute, value in minutes.items():
        periods.setdefault(minute // length, []).append(value)
    breaching = {period for period, values in periods.items() if breaches(alarm, values)}
    on = {period for period in breaching if {period - back for back in range(needed)} <= breaching}
    return {(period + 1) * length for period in on}


def breaches(alarm: Mapping[str, Any], values: list[float]) -> bool:
    """Whether the values of one period set the alarm off."""
    return is_beyond(alarm, _STATISTICS[alarm["Statistic"]](values))


def is_beyond(alarm: Mapping[str, Any], value: float) -> bool:
    """Whether *value* is beyond the alarm's threshold."""
    return bool(_COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"]))
