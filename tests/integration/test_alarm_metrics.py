"""Each alarm on a metric of the connector's own, set off once: the code counts where the alarm looks.

What metric filters count of the API's access log is judged in `tests/unit/template/test_front_door.py`.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from bench.month import QUIET_METRICS
from tests.support.emitted_metrics import filtered_metrics
from tests.support.fakes import FakeClock, FakeContext
from tests.support.metric_lines import emitted
from tests.support.metric_math import is_set_off_by
from tests.support.moto_clients import moto_client
from tests.support.sqs_events import sqs_event
from tests.support.template import breaches, of_type, template
from tests.support.webhook_deployment import unsigned
from tests.support.webhook_requests import INBOUND, STATUS, form_event
from tests.support.world import TABLE, World
from twilio_connector.errors import (
    RecipientNotAllowedError,
    SendLimitError,
    TwilioAuthenticationError,
    UnexpectedError,
)
from twilio_connector.invocation.observability import NAMESPACE, logger, metrics
from twilio_connector.state.sent_messages import sent_message_key
from twilio_connector.twilio.client import Page, TwilioClient

STACK = "the-stack"
SID = "SM" + "0" * 32
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
ALARMS = {
    name: each
    for name, each in of_type("AWS::CloudWatch::Alarm").items()
    if "Metrics" not in each and each["Namespace"] == NAMESPACE and each["MetricName"] not in filtered_metrics()
}


def refuse_credentials(world: World) -> None:
    world.put_connection("revoked", {"accountSid": world.twilio.account_sid, "authToken": "revoked"})
    with pytest.raises(TwilioAuthenticationError):
        world.invoke("get_sms", {"connection": "revoked", "messageSid": SID})


def meet_a_defect(world: World) -> None:
    world.bus.failure = ValueError("what nobody thought of")
    world.twilio.add(1, date_sent=datetime.now(UTC) - timedelta(minutes=1))
    with pytest.raises(UnexpectedError):
        world.invoke("poll", {"since": (datetime.now(UTC) - timedelta(minutes=2)).isoformat()})


def receive_webhooks_signed_with_another_token(world: World) -> None:
    for number in range(5):
        form = {**INBOUND, "AccountSid": world.twilio.account_sid, "Body": str(number)}
        assert world.invoke("webhook", form_event(form, token="rotated"))["statusCode"] == 403


def receive_a_webhook_of_a_connection_that_cannot_be_used(world: World) -> None:
    world.put_connection("misspelt", {"acountSid": world.twilio.account_sid})
    assert world.invoke("webhook", form_event(INBOUND, connection="misspelt"))["statusCode"] == 403


def leave_messages_of_two_hours_behind(world: World) -> None:
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    world.overrides["POLL_MAX_MESSAGES"] = "1000"
    world.twilio.add(1001, date_sent=two_hours_ago + timedelta(minutes=1))
    assert world.invoke("poll", {"since": two_hours_ago.isoformat()})["truncated"]


def leave_statuses_of_two_days_behind(world: World) -> None:
    two_days_ago = datetime.now(UTC) - timedelta(days=2)
    world.twilio.add(1, date_sent=two_days_ago + timedelta(hours=1))
    event = {"since": two_days_ago.isoformat()}
    # So late in its time that it begins no page.
    assert world.invoke("reconcile", event, FakeContext(seconds=20))["truncated"]


def list_messages_oldest_first(world: World) -> None:
    read = TwilioClient.page

    def oldest_first(client: TwilioClient, uri: str) -> Page:
        page = read(client, uri)
        return Page(page.messages[::-1], page.next_page_uri)

    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    world.twilio.add(3, date_sent=an_hour_ago, spacing=timedelta(seconds=1))
    with patch.object(TwilioClient, "page", oldest_first):
        polled = world.invoke("poll", {"since": (an_hour_ago - timedelta(minutes=1)).isoformat()})
    assert polled["published"] == 3


def queue_what_is_no_input(world: World) -> None:
    world.invoke("send_sms", sqs_event("Hello"))


def queue_inputs_without_a_recipient(world: World) -> None:
    world.invoke("send_sms", sqs_event(*[{"from": "+15555551234", "message": "Hello"}] * 5))


def queue_inputs_that_twilio_rejects(world: World) -> None:
    text = {"to": "+15005550001", "from": "+15555551234", "message": "Hello"}
    world.invoke("send_sms", sqs_event(*[text] * 5))


def send_to_one_recipient_beyond_the_limit(world: World) -> None:
    world.overrides["MAX_SENDS_PER_RECIPIENT_PER_HOUR"] = "1"
    text = {"to": "+15551234567", "from": "+15555551234", "message": "Hello"}
    world.invoke("send_sms", sqs_event(*[text] * 5))
    with pytest.raises(SendLimitError):
        world.invoke("send_sms", text)


def send_to_another_country(world: World) -> None:
    world.overrides["ALLOWED_COUNTRIES"] = "US,CA"
    data = {"To": "+447911123456", "From": "+15555551234", "Body": "Hello"}
    for _ in range(5):
        with pytest.raises(RecipientNotAllowedError):
            world.invoke("raw_request", {"url": MESSAGES, "method": "POST", "formData": data})


PROVOKED: dict[str, Callable[[World], None]] = {
    "AuthenticationFailuresAlarm": refuse_credentials,
    "UnexpectedErrorsAlarm": meet_a_defect,
    "WebhookRefusedAlarm": receive_webhooks_signed_with_another_token,
    "WebhookConnectionAlarm": receive_a_webhook_of_a_connection_that_cannot_be_used,
    "PollOrderAlarm": list_messages_oldest_first,
    "ReconcileLagAlarm": leave_statuses_of_two_days_behind,
    "CursorLagAlarm": leave_messages_of_two_hours_behind,
    "SendUnreadableAlarm": queue_what_is_no_input,
    "SendInputAlarm": queue_inputs_without_a_recipient,
    "SendRejectedAlarm": queue_inputs_that_twilio_rejects,
    "SendLimitedAlarm": send_to_one_recipient_beyond_the_limit,
    "SendCountryAlarm": send_to_another_country,
}


def reconcile_what_fifty_sends_came_to(world: World) -> None:
    world.invoke("reconcile", {})
    for sid in world.twilio.add(50):
        item = {**sent_message_key(world.twilio.account_sid, sid), "callback": {"N": "1"}}
        moto_client("dynamodb").put_item(TableName=TABLE, Item=item)
    assert world.invoke("reconcile", {})["published"] == 50


def receive_callbacks(world: World, number: int) -> None:
    for count in range(number):
        form = {**STATUS, "AccountSid": world.twilio.account_sid, "MessageSid": f"SM{count:032}"}
        assert world.invoke("webhook", form_event(form, token=world.twilio.auth_token))["statusCode"] == 204


@pytest.fixture
def _deployed_as_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if POWERTOOLS_SERVICE_NAME had been there when the package was imported."""
    monkeypatch.setattr(metrics.provider, "service", STACK)
    monkeypatch.setattr(logger, "service", STACK)


def resolved(value: Any) -> Any:
    """What CloudFormation makes of a value in a stack with default parameters."""
    match value:
        case {"Ref": "AWS::StackName"}:
            return STACK
        case {"Ref": parameter}:
            return template()["Parameters"][parameter]["Default"]
    return value


def is_set_off(alarm: dict[str, Any], lines: str) -> bool:
    """Whether the values under exactly the alarm's name and dimensions, if there are any, are beyond its threshold."""
    dimensions = {each["Name"]: resolved(each["Value"]) for each in alarm["Dimensions"]}
    values = [value for name, found, value in emitted(lines) if (name, found) == (alarm["MetricName"], dimensions)]
    return bool(values) and breaches({**alarm, "Threshold": resolved(alarm["Threshold"])}, values)


def sums(alarm: dict[str, Any], lines: str) -> dict[str, float]:
    """Of each metric that the alarm calculates with, by its ID, the sum of what was counted under exactly that name."""
    found: dict[str, float] = {}
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            dimensions = {each["Name"]: resolved(each["Value"]) for each in metric["Dimensions"]}
            values = [v for name, under, v in emitted(lines) if (name, under) == (metric["MetricName"], dimensions)]
            found |= {query["Id"]: sum(values)} if values else {}
    return found


def test_the_functions_count_under_the_name_that_the_alarms_look_for() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}


@pytest.mark.usefixtures("_deployed_as_the_stack")
@pytest.mark.parametrize("name", ALARMS)
def test_alarm_is_set_off(name: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    PROVOKED[name](world)

    assert is_set_off(ALARMS[name], capsys.readouterr().out)


@pytest.mark.usefixtures("_deployed_as_the_stack")
@pytest.mark.parametrize(("arrived", "is_rung"), [(0, True), (44, True), (45, False)])
def test_callbacks_that_do_not_arrive_set_off_the_alarm_on_their_counts(
    world: World, capsys: pytest.CaptureFixture[str], arrived: int, is_rung: bool
) -> None:
    receive_callbacks(world, arrived)
    reconcile_what_fifty_sends_came_to(world)

    counted = sums(of_type("AWS::CloudWatch::Alarm")["CallbackCountAlarm"], capsys.readouterr().out)
    assert counted == {"called": arrived, "reconciled": 50}
    assert is_set_off_by(of_type("AWS::CloudWatch::Alarm")["CallbackCountAlarm"], counted) is is_rung


@pytest.mark.usefixtures("_deployed_as_the_stack")
def test_mistyped_numbers_and_opt_outs_set_off_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    text = {"from": "+15555551234", "message": "Hello"}
    mistyped, unassigned, opted_out = [{**text, "to": to} for to in ("12", "+15005550001", "+15005550004")]

    world.invoke("send_sms", sqs_event(*[mistyped] * 4, *[unassigned] * 4, *[opted_out] * 10))

    lines = capsys.readouterr().out
    refused = [found["cause"] for name, found, _ in emitted(lines) if name == "SendsRefused"]
    assert Counter(refused) == {"input": 4, "rejected": 4, "opted_out": 10}
    assert [name for name, alarm in ALARMS.items() if is_set_off(alarm, lines)] == []


@pytest.mark.usefixtures("_deployed_as_the_stack")
def test_a_quiet_poll_and_a_stranger_set_off_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.twilio.add(1, date_sent=datetime.now(UTC) - timedelta(minutes=1))
    world.invoke("poll", {"since": (datetime.now(UTC) - timedelta(minutes=2)).isoformat()})
    for _ in range(10):
        world.invoke("webhook", unsigned(INBOUND))

    lines = capsys.readouterr().out
    assert list(emitted(lines))
    assert [name for name, alarm in ALARMS.items() if is_set_off(alarm, lines)] == []


def test_every_poll_tells_its_lag_whose_absence_is_an_alarm(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.clock = FakeClock(float(int(time.time())))
    for what in ({}, {}, {"showNewRecords": False}):
        capsys.readouterr()
        world.invoke("poll", what)
        assert [value for name, _, value in emitted(capsys.readouterr().out) if name == "CursorLagSeconds"] == [0]


def test_a_quiet_poll_reports_as_many_metrics_as_an_idle_month_is_computed_with(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.invoke("poll", {})
    capsys.readouterr()
    world.invoke("poll", {})
    reported = {(name, tuple(sorted(found.items()))) for name, found, _ in emitted(capsys.readouterr().out)}
    assert len(reported) == QUIET_METRICS
