"""What wakes someone up, what does not, and what the runbook then says."""

import json
import re
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from operations.queues import QUEUES, Move
from tests.support.emitted_metrics import documented_metrics
from tests.support.metric_math import is_set_off_by
from tests.support.template import DEAD_LETTER_QUEUES, of_type, watched_metrics
from twilio_connector.sending.outcomes import CAUSES, UNREADABLE
from twilio_connector.twilio.statuses import RECONCILIATION, WEBHOOK
from twilio_connector.webhook.causes import ALARMED_APART, OWNERS, Cause

ALARMS = of_type("AWS::CloudWatch::Alarm")
RUNBOOK = (PROJECT_ROOT / "docs" / "runbook.md").read_text()
METRICS_PAGE = (PROJECT_ROOT / "docs" / "metrics.md").read_text()
SERVICE = ("service", json.dumps({"Ref": "AWS::StackName"}))


def watched(metric: dict[str, Any]) -> tuple[str, str, *tuple[tuple[str, str], ...]]:
    """Namespace, name and dimensions of a metric that an alarm watches."""
    dimensions = ((each["Name"], each["Value"]) for each in metric["Dimensions"])
    return (metric["Namespace"], metric["MetricName"], *((key, _text(value)) for key, value in dimensions))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def queue(metric: str, name: str) -> tuple[str, str, tuple[str, str]]:
    return ("AWS/SQS", metric, ("QueueName", json.dumps({"Fn::GetAtt": [name, "QueueName"]})))


def test_every_dead_letter_queue_and_every_promised_metric_has_its_alarm() -> None:
    dead_letters = {queue("ApproximateNumberOfMessagesVisible", name) for name in DEAD_LETTER_QUEUES}
    own = {
        ("TwilioConnector", name, SERVICE)
        for name in (
            "AuthenticationFailures",
            "CursorLagSeconds",
            "MessagesOutOfOrder",
            "ReconcileLagSeconds",
            "UnexpectedErrors",
            "WebhooksRefused",
        )
    }
    refusals = {
        ("TwilioConnector", "SignatureFailures", SERVICE, ("cause", Cause.CONNECTION)),
        *(("TwilioConnector", "SendsRefused", SERVICE, ("cause", cause)) for cause in {UNREADABLE, *CAUSES.values()}),
    } - {("TwilioConnector", "SendsRefused", SERVICE, ("cause", "opted_out"))}
    turned_away = {("TwilioConnector", "WebhooksTurnedAway", SERVICE, ("status", status)) for status in ("413", "429")}
    others = {
        queue("ApproximateNumberOfMessagesVisible", "UndeliveredQueue"),
        queue("ApproximateNumberOfMessagesNotVisible", "UndeliveredQueue"),
        ("AWS/Lambda", "Throttles", ("FunctionName", json.dumps({"Ref": "SendSmsFunction"}))),
        ("AWS/ApiGateway", "5xx", ("ApiId", json.dumps({"Ref": "WebhookApi"}))),
    }
    counts = {("TwilioConnector", "FinalStatuses", SERVICE, ("origin", origin)) for origin in (WEBHOOK, RECONCILIATION)}
    expected = dead_letters | own | refusals | turned_away | others | counts
    watching = [watched(metric) for alarm in ALARMS.values() for metric in watched_metrics(alarm)]
    assert set(watching) == expected
    assert len(watching) == len(expected)


def test_refused_webhooks_set_it_off_at_five_in_a_quarter_of_an_hour_and_an_unusable_secret_at_once() -> None:
    refused, connection = ALARMS["WebhookRefusedAlarm"], ALARMS["WebhookConnectionAlarm"]
    assert (refused["Threshold"], refused["Period"] * refused["EvaluationPeriods"]) == (5, 900)
    assert (connection["Threshold"], connection["Period"]) == (1, 300)
    for alarm in (refused, connection):
        assert alarm["Statistic"] == "Sum"
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_the_runbook_and_the_metrics_page_know_every_cause_of_a_refused_webhook() -> None:
    section = RUNBOOK.partition("### WebhookRefusedAlarm")[2].partition("\n### ")[0]
    assert set(re.findall(r"`(\w+)`", section)) >= OWNERS - ALARMED_APART
    [row] = re.findall(r"^\| `SignatureFailures` .*", METRICS_PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == {"SignatureFailures", "cause", *Cause}


def test_own_metrics_are_watched_under_the_dimensions_that_they_are_documented_with() -> None:
    documented = documented_metrics()
    for metric in (metric for alarm in ALARMS.values() for metric in watched_metrics(alarm)):
        if metric["Namespace"] == "TwilioConnector":
            further = documented[metric["MetricName"]]
            assert [each["Name"] for each in metric["Dimensions"]] == ["service", *([further] if further else [])]


@pytest.mark.parametrize(
    ("called", "reconciled", "is_set_off"),
    [
        (44, 50, True),
        (45, 50, False),
        (0, 50, True),
        (0, 49, False),
        (899, 1000, True),
        (900, 1000, False),
        # Other senders' callbacks, and those that come twice.
        (5000, 1000, False),
        (0, 0, False),
    ],
)
def test_fewer_callbacks_than_nine_in_ten_alarm_from_fifty_messages_a_day_on(
    called: float, reconciled: float, is_set_off: bool
) -> None:
    alarm = ALARMS["CallbackCountAlarm"]
    assert is_set_off_by(alarm, {"called": called, "reconciled": reconciled}) is is_set_off
    assert {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each} == {86_400}
    assert {each["MetricStat"]["Stat"] for each in alarm["Metrics"] if "MetricStat" in each} == {"Sum"}


@pytest.mark.parametrize("counts", [{}, {"called": 1000.0}], ids=["nothing", "nothing reconciles"])
def test_where_nothing_reconciles_callbacks_are_not_missed(counts: dict[str, float]) -> None:
    assert not is_set_off_by(ALARMS["CallbackCountAlarm"], counts)


def test_an_alarm_on_counts_says_so_and_returns_one_value() -> None:
    alarm = ALARMS["CallbackCountAlarm"]
    assert [each["Id"] for each in alarm["Metrics"] if each.get("ReturnData", True)] == ["share"]
    assert not re.search("match|each message|which", alarm["AlarmDescription"])


def test_silence_alarms_only_where_the_stack_itself_polls_or_reconciles() -> None:
    rules = {name: alarm["TreatMissingData"] for name, alarm in ALARMS.items()}
    assert rules.pop("CursorLagAlarm") == {"Fn::If": ["PollsOnSchedule", "breaching", "notBreaching"]}
    assert rules.pop("ReconcileLagAlarm") == {"Fn::If": ["ReconcilesOnSchedule", "breaching", "notBreaching"]}
    assert set(rules.values()) == {"notBreaching"}


def test_every_alarm_notifies_the_topic_if_there_is_one() -> None:
    actions = {json.dumps(alarm["AlarmActions"]) for alarm in ALARMS.values()}
    assert actions == {json.dumps({"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]})}


@pytest.mark.parametrize("name", ALARMS)
def test_the_alarm_leads_to_its_section_of_the_runbook(name: str) -> None:
    text, _, anchor = ALARMS[name]["AlarmDescription"].rpartition(" ")
    assert anchor == f"docs/runbook.md#{name.lower()}"
    assert text.endswith(".")
    section = RUNBOOK.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    labels = re.findall(r"^\*\*([\w ]+)\.\*\*", section, re.MULTILINE)
    assert labels == ["Means", "Impact", "Do", "Resolved when"]
    assert "```sh\n" in section


def test_what_can_be_replayed_is_replayed_by_the_command_that_keeps_its_keys() -> None:
    replayed = {queue.name.removesuffix("Queue") + "Alarm" for queue in QUEUES if isinstance(queue.replay, Move)}
    naming = {name for name, alarm in ALARMS.items() if "make replay STACK=name" in alarm["AlarmDescription"]}
    assert naming == replayed
    assert "SQS's own redrive gives it a new one" in ALARMS["SendDeadLetterAlarm"]["AlarmDescription"]


def test_the_runbook_has_sections_for_the_alarms_and_for_nothing_that_is_none() -> None:
    assert re.findall(r"^### (\w+)$", RUNBOOK, re.MULTILINE) == list(ALARMS)
