"""What the doctor says of the two counts by which one sees whether callbacks arrive."""

from datetime import UTC, datetime, timedelta

import pytest

from operations.doctor.callback_counts import ENOUGH, PERCENT, WINDOW, check_callback_counts
from tests.support.deployed_stack import NAME, DeployedStack, told
from tests.support.moto_clients import moto_client
from tests.support.template import of_type
from twilio_connector.invocation.observability import NAMESPACE

NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def counted(origin: str, number: float, *, hours_ago: float = 1, stack: str = NAME) -> None:
    """So many final statuses, in two parts, as CloudWatch takes them out of the functions' logs."""
    for part in (1.0, number - 1):
        moto_client("cloudwatch").put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": "FinalStatuses",
                    "Dimensions": [{"Name": "service", "Value": stack}, {"Name": "origin", "Value": origin}],
                    "Timestamp": NOW - timedelta(hours=hours_ago),
                    "Value": part,
                    "Unit": "Count",
                }
            ],
        )


@pytest.mark.parametrize(
    ("called", "reconciled", "level"),
    [(45, 50, "ok"), (44, 50, "warn"), (2, 49, "ok"), (890, 1000, "warn"), (2000, 1000, "ok")],
)
def test_both_counts_are_told_and_too_few_callbacks_are_a_warning(
    deployed: DeployedStack, called: int, reconciled: int, level: str
) -> None:
    counted("webhook", called)
    counted("reconciliation", reconciled)
    [finding] = check_callback_counts(deployed.stack, NOW)
    assert told([finding]) == [(level, "callbacks")]
    both = f"the webhook received {called} final statuses, and reconciliation first published {reconciled} of this"
    assert both in finding.text
    if level == "warn":
        assert "docs/runbook.md#callbackcountalarm" in finding.remedy


def test_no_callback_at_all_is_a_warning_too(deployed: DeployedStack) -> None:
    counted("reconciliation", 50)
    assert told(list(check_callback_counts(deployed.stack, NOW))) == [("warn", "callbacks")]


def test_other_stacks_and_what_is_older_than_a_day_do_not_count(deployed: DeployedStack) -> None:
    counted("webhook", 100)
    counted("reconciliation", 100)
    counted("reconciliation", 500, hours_ago=25)
    counted("reconciliation", 500, stack="another")
    [finding] = check_callback_counts(deployed.stack, NOW)
    assert "received 100 final statuses, and reconciliation first published 100 of" in finding.text


def test_without_reconciliation_there_is_nothing_to_compare_with_and_the_line_says_so(deployed: DeployedStack) -> None:
    counted("webhook", 7)
    [finding] = check_callback_counts(deployed.stack, NOW)
    assert told([finding]) == [("ok", "callbacks")]
    assert finding.text == (
        "In 24 hours the webhook received 7 final statuses. The total is unknown: ReconcileEnabled=true counts it."
    )

    deployed.parameters["ReconcileEnabled"] = "true"
    [finding] = check_callback_counts(deployed.stack, NOW)
    assert finding.text.endswith("first published 0 of this stack's texts.")


def test_the_doctor_and_the_alarm_judge_alike() -> None:
    alarm = of_type("AWS::CloudWatch::Alarm")["CallbackCountAlarm"]
    [expression] = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
    assert f"reconciled >= {ENOUGH}," in expression
    assert alarm["Threshold"] == PERCENT
    assert {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each} == {
        WINDOW.total_seconds()
    }
