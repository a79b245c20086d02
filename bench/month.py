"""What a stack costs in a month in which nothing happens, from the template and from stated prices.

US dollars in us-east-1, without free tiers. Each price names its page; all were read in November 2026. `docs/scale.md`
has the table (`make scale`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.costs import MILLION, QUEUE_REQUEST

_PRICING = "https://aws.amazon.com/{}/pricing/"
CLOUDWATCH, SECRETS_MANAGER, SQS = (_PRICING.format(name) for name in ("cloudwatch", "secrets-manager", "sqs"))
POLLING = "bench.md#costs"

# An alarm is charged for each metric that it reads.
ALARM_METRIC = 0.10
METRIC = 0.30
DASHBOARD = 3.00
SECRET = 0.40

# Names and dimensions that polls report while they find nothing; a test counts them.
QUIET_METRICS = 6
POLLS = 30 * 24 * 12
# Lambda asks a queue by five long polls of 20 seconds at once:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
RECEIVES = 5 * 30 * 24 * 3600 // 20

_CHARGED = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Lambda::EventSourceMapping",
    # Those of the shipped schedules: their calls are part of what a poll costs.
    "AWS::Scheduler::Schedule",
}
# What AWS charges by use or by what is stored: nothing, as long as nothing happens.
FREE_AT_REST = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
}


@dataclass(frozen=True)
class Charge:
    """Of *count* things, each at a price of *dollars*, which *page* says. *polling* is whether only polls make it."""

    what: str
    count: int
    dollars: float
    page: str
    polling: bool = False

    @property
    def month(self) -> float:
        """For 30 days."""
        return self.count * self.dollars


def charges(resources: Mapping[str, Mapping[str, Any]], poll: float) -> Iterator[Charge]:
    """Those of the template's *resources* and of a secret; a million quiet polls cost *poll*.

    Raises :class:`ValueError` for a resource of a type whose price nobody has looked at.
    """
    if unknown := {resource["Type"] for resource in resources.values()} - _CHARGED - FREE_AT_REST:
        raise ValueError(f"What do these cost while nothing happens? {', '.join(sorted(unknown))}")

    def of(kind: str) -> list[Mapping[str, Any]]:
        return [resource for resource in resources.values() if resource["Type"] == kind]

    alarms, mappings = of("AWS::CloudWatch::Alarm"), of("AWS::Lambda::EventSourceMapping")
    yield Charge("metrics that alarms watch", sum(map(_watched, alarms)), ALARM_METRIC, CLOUDWATCH)
    yield Charge("dashboards", len(of("AWS::CloudWatch::Dashboard")), DASHBOARD, CLOUDWATCH)
    yield Charge("secrets: one connection", 1, SECRET, SECRETS_MANAGER)
    yield Charge("requests by which Lambda asks empty queues", len(mappings) * RECEIVES, QUEUE_REQUEST, SQS)
    yield Charge("metrics that quiet polls report", QUIET_METRICS, METRIC, CLOUDWATCH, polling=True)
    yield Charge("polls that find nothing, with their schedule", POLLS, poll / MILLION, POLLING, polling=True)


def _watched(alarm: Mapping[str, Any]) -> int:
    """How many metrics an alarm reads: several, if it does metric math."""
    return sum("MetricStat" in each for each in alarm.get("Properties", {}).get("Metrics", [])) or 1
