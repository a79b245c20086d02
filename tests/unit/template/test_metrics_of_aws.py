"""Alarms on AWS's own metrics look where AWS publishes: another name or dimension never has data, and never rings."""

import pytest

from tests.support.aws_metrics import is_published
from tests.support.emitted_metrics import documented_metrics
from tests.support.template import of_type, watched_metrics
from twilio_connector.invocation.observability import NAMESPACE

ALARMS = of_type("AWS::CloudWatch::Alarm")


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_watches_what_aws_or_the_connector_publishes(name: str) -> None:
    for metric in watched_metrics(ALARMS[name]):
        dimensions = {each["Name"] for each in metric["Dimensions"]}
        if metric["Namespace"] == NAMESPACE:
            further = documented_metrics()[metric["MetricName"]]
            assert dimensions == {"service", *([further] if further else [])}
        else:
            assert is_published(metric["Namespace"], metric["MetricName"], dimensions)


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions"),
    [
        ("AWS/Lambda", "Error", {"FunctionName"}),
        ("AWS/Lambda", "Errors", {"FunctionName", "Alias"}),
        # A REST API's.
        ("AWS/ApiGateway", "5XXError", {"ApiName"}),
        ("AWS/ApiGateway", "5xx", {"ApiName"}),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueUrl"}),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", set()),
        ("AWS/Queue", "ApproximateNumberOfMessagesVisible", {"QueueName"}),
    ],
    ids=["name", "dimension", "REST API", "its dimension", "queue by URL", "no queue", "namespace"],
)
def test_what_aws_does_not_publish_is_told(namespace: str, metric: str, dimensions: set[str]) -> None:
    assert not is_published(namespace, metric, dimensions)
