"""What a stack costs in a month in which nothing happens, from the template and from stated prices."""

from collections.abc import Mapping
from typing import Any

from bench.costs import MILLION, QUEUE_REQUEST

# US dollars in us-east-1, without free tiers, as of November 2026: https://aws.amazon.com/cloudwatch/pricing/,
# /secrets-manager/pricing/
ALARM = 0.10
METRIC = 0.30
DASHBOARD = 3.00
SECRET = 0.40

# Names and dimensions that polls report while they find nothing; a test counts them.
QUIET_METRICS = 6
POLLS = 30 * 24 * 12
# Lambda asks a queue by five long polls of 20 seconds at once:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
RECEIVES = 5 * 30 * 24 * 3600 / 20


def idle_month(resources: Mapping[str, Mapping[str, Any]], poll: float) -> float:
    """Dollars for 30 days of the template's *resources*, with a secret; a million quiet polls cost *poll*."""

    def count(kind: str) -> int:
        return sum(resource["Type"] == kind for resource in resources.values())

    return (
        count("AWS::CloudWatch::Alarm") * ALARM
        + count("AWS::CloudWatch::Dashboard") * DASHBOARD
        + QUIET_METRICS * METRIC
        + SECRET
        + count("AWS::Lambda::EventSourceMapping") * RECEIVES * QUEUE_REQUEST
        + POLLS * poll / MILLION
    )
