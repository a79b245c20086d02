"""The public API: what it lets in, what it logs of a request, and what is counted of that.

The local AWS neither throttles nor reserves nor writes access logs, so the template is held to it here.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.template import breaches, of_type, template

ALARMS = of_type("AWS::CloudWatch::Alarm")
STACK = "the-stack"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
CONTEXT = {
    "requestTime": "15/Mar/2026:14:32:10 +0000",
    "requestId": "JKJaXmPLvHcESHA=",
    "routeKey": "POST /webhook/{connection}",
    "status": "204",
    "error.message": "-",
    "integration.status": "200",
    "integrationErrorMessage": "-",
    "responseLatency": "41",
    "integration.latency": "38",
}
THROTTLED = {"status": "429", "error.message": "Too Many Requests", "integration.status": "-"}
PATTERN = re.compile(r'\{ \$\.(\w+) = "(\w+)" \}')


def stage() -> dict[str, Any]:
    (found,) = of_type("AWS::ApiGatewayV2::Stage").values()
    return found


def line(**answered: str) -> dict[str, str]:
    """The line that API Gateway writes of a request, as JSON."""
    written = stage()["AccessLogSettings"]["Format"]["Fn::Sub"].replace("${AWS::StackName}", STACK)
    context = {**CONTEXT, **answered}
    text = re.sub(r"\$context\.([\w.]+)", lambda found: context[found[1]], written)
    assert "\n" not in text
    parsed: dict[str, str] = json.loads(text)
    return parsed


def counted(logged: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """Name and dimensions of what the metric filters count of a line."""
    found = []
    for each in of_type("AWS::Logs::MetricFilter").values():
        pattern = PATTERN.fullmatch(each["FilterPattern"])
        assert pattern
        if logged[pattern[1]] == pattern[2]:
            (metric,) = each["MetricTransformations"]
            assert (metric["MetricNamespace"], metric["MetricValue"]) == ("TwilioConnector", "1")
            # CloudWatch refuses a default value together with dimensions.
            assert "DefaultValue" not in metric
            values = {one["Key"]: logged[one["Value"].removeprefix("$.")] for one in metric["Dimensions"]}
            found.append((metric["MetricName"], values))
    return found


def test_the_stage_is_throttled_as_the_parameters_say() -> None:
    assert stage()["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "WebhookRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "WebhookBurstLimit"},
    }


def test_concurrency_is_reserved_only_if_asked_for() -> None:
    function = template()["Resources"]["WebhookFunction"]["Properties"]
    assert function["ReservedConcurrentExecutions"] == {
        "Fn::If": ["ReservesWebhookConcurrency", {"Ref": "WebhookConcurrency"}, {"Ref": "AWS::NoValue"}]
    }
    assert template()["Conditions"]["ReservesWebhookConcurrency"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "WebhookConcurrency"}, "0"]}]
    }


def test_the_access_log_has_a_group_of_the_stack_with_retention_under_vended_logs() -> None:
    group = of_type("AWS::Logs::LogGroup")["WebhookAccessLogGroup"]
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert group["LogGroupName"]["Fn::Sub"].startswith("/aws/vendedlogs/")
    assert "${AWS::StackName}" in group["LogGroupName"]["Fn::Sub"]
    destination = stage()["AccessLogSettings"]["DestinationArn"]["Fn::Sub"]
    assert destination.endswith(":log-group:${WebhookAccessLogGroup}")


def test_the_access_log_holds_nothing_of_path_query_address_and_headers() -> None:
    written = stage()["AccessLogSettings"]["Format"]["Fn::Sub"]
    assert set(re.findall(r"\$context\.([\w.]+)", written)) == CONTEXT.keys()
    assert "$" not in re.sub(r"\$context\.[\w.]+|\$\{AWS::StackName\}", "", written)


@pytest.mark.parametrize("status", ["413", "429"])
def test_what_is_turned_away_sets_off_its_alarm_and_no_other(status: str) -> None:
    [(name, dimensions)] = counted(line(**{**THROTTLED, "status": status}))
    watching = [
        alarm
        for alarm in ALARMS.values()
        if (alarm.get("Namespace"), alarm.get("MetricName")) == ("TwilioConnector", name)
        and {one["Name"]: one["Value"] if isinstance(one["Value"], str) else STACK for one in alarm["Dimensions"]}
        == dimensions
    ]
    [alarm] = watching
    assert breaches(alarm, [5.0])
    assert not breaches(alarm, [4.0])


@pytest.mark.parametrize("status", ["200", "204", "400", "403", "404", "415", "500", "503"])
def test_other_answers_are_not_counted(status: str) -> None:
    assert counted(line(status=status)) == []
