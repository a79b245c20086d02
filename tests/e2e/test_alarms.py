"""Each alarm on a metric of AWS's, set off once on the deployed stack.

The local AWS has no metrics of queues and APIs, nor of throttles. It is what those would count: the messages in the
queue, the answers of the API and the refusals of the function that the alarm's dimension names. How long events have to
wait is held against the template in `tests/unit/template/test_undelivered_alarms.py`.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from local.aws import FunctionError, LocalAws
from local.denial import denied
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_alarm import DeployedAlarm
from tests.support.deployed_commands import empty_queues
from tests.support.deployed_configuration import configured, count_messages, redelivery_paused, wait_until
from tests.support.deployed_roles import call_as
from tests.support.deployed_webhooks import inbound, post_webhook
from tests.support.template import of_type, watched_metrics

OF_AWS = {
    name
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items()
    if {metric["Namespace"] for metric in watched_metrics(alarm)} != {"TwilioConnector"}
}
# Where asynchronous invocations end that fail for good.
FAILED_FOR_GOOD = ("PollDeadLetterQueue", "ReconcileDeadLetterQueue", "SendFailureQueue")


def fail_on(aws: LocalAws, function: str, payload: object) -> None:
    with pytest.raises(FunctionError):
        aws.invoke(function, payload)


def leave_send_sms_without_concurrency(aws: LocalAws, alarm: DeployedAlarm, _: TwilioSandbox) -> float:
    function = aws.outputs["SendSmsFunction"]
    assert alarm.resource == function
    aws.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    throttled = 0
    try:
        aws.lambda_.invoke(FunctionName=function, Payload=b"{}")
    except aws.lambda_.exceptions.TooManyRequestsException:
        throttled += 1
    finally:
        aws.lambda_.delete_function_concurrency(FunctionName=function)
    return throttled


def crash_a_webhook_and_answer_with_503(aws: LocalAws, alarm: DeployedAlarm, twilio: TwilioSandbox) -> float:
    assert aws.api_host.startswith(f"{alarm.resource}.")
    with denied(aws, "WebhookFunction", "events:PutEvents", "sqs:SendMessage*"):
        answers = [post_webhook(aws, inbound(twilio), twilio.auth_token).status]
    with configured(aws, ["WebhookFunction"], PREVIOUS_TOKEN_SECONDS="some"):
        answers.append(post_webhook(aws, inbound(twilio), twilio.auth_token).status)
    # Each alone is enough.
    return min(int(status >= 500) for status in answers)


def queue_a_send_of_no_connection(aws: LocalAws, alarm: DeployedAlarm, _: TwilioSandbox) -> float:
    send = {"to": "+15551234567", "from": "+15557654321", "message": "Hello", "connection": f"no-{uuid.uuid4().hex}"}
    with tried_again_at_once(aws, "SendQueueUrl"):
        aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(send))
        return alarm.waiting()


def leave_an_event_undelivered(aws: LocalAws, alarm: DeployedAlarm, _: TwilioSandbox) -> float:
    url = aws.outputs["UndeliveredQueueUrl"]
    with redelivery_paused(aws):
        aws.sqs.send_message(QueueUrl=url, MessageBody="{}")
        # As often as the redeliver function would fail to publish it, without its pauses of up to an hour.
        while aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages"):
            pass
        return alarm.waiting()


def refuse_an_event_again_and_again(aws: LocalAws, alarm: DeployedAlarm, twilio: TwilioSandbox) -> float:
    """Redelivery goes on, and fails: what the age of the oldest message would soon leave out."""

    def attempts() -> int:
        return sum(line.startswith("REPORT ") for line in aws.logs("RedeliverFunction"))

    alarm.empty_its_queue()
    before = attempts()
    with denied(aws, "WebhookFunction", "events:PutEvents"), denied(aws, "RedeliverFunction", "events:PutEvents"):
        assert post_webhook(aws, inbound(twilio), twilio.auth_token).status == 200
        # One attempt is over, and the pause before the next one has begun.
        wait_until(lambda: attempts() > before)
        value = alarm.reported()
        alarm.empty_its_queue()
    return value


def leave_an_event_unread(aws: LocalAws, alarm: DeployedAlarm, twilio: TwilioSandbox) -> float:
    alarm.empty_its_queue()
    with redelivery_paused(aws), denied(aws, "WebhookFunction", "events:PutEvents"):
        assert post_webhook(aws, inbound(twilio), twilio.auth_token).status == 200
        value = alarm.reported()
        alarm.empty_its_queue()
    return value


def leave_a_poll_that_could_not_be_started(aws: LocalAws, alarm: DeployedAlarm, _: TwilioSandbox) -> float:
    return leave_a_dead_letter_of(aws, "PollingSchedule", alarm)


def leave_a_reconciliation_that_could_not_be_started(aws: LocalAws, alarm: DeployedAlarm, _: TwilioSandbox) -> float:
    return leave_a_dead_letter_of(aws, "ReconcilingSchedule", alarm)


def leave_a_dead_letter_of(aws: LocalAws, schedule: str, alarm: DeployedAlarm) -> float:
    """In the schedule's role and to its queue, as Scheduler does: the local one starts all, or gives up in silence."""
    name = aws.physical_id(schedule)
    target = aws.session.client("scheduler").get_schedule(Name=name)["Target"]
    queue = target["DeadLetterConfig"]["Arn"].rpartition(":")[2]
    url = aws.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    letter = ("sqs", "send_message", {"QueueUrl": url, "MessageBody": target["Input"]})
    assert call_as(aws, "scheduler", target["RoleArn"], [letter]) == [""]
    return alarm.waiting()


def await_the_asynchronous_failure(_: LocalAws, alarm: DeployedAlarm, __: TwilioSandbox) -> float:
    return alarm.waiting()


@contextmanager
def tried_again_at_once(aws: LocalAws, output: str) -> Iterator[None]:
    """Lets failed messages of a queue come again without waiting six times the function's timeout."""
    url = aws.outputs[output]
    before = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    try:
        yield
    finally:
        aws.sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


PROVOKED: dict[str, Callable[[LocalAws, DeployedAlarm, TwilioSandbox], float]] = {
    "WebhookUnavailableAlarm": crash_a_webhook_and_answer_with_503,
    "SendThrottledAlarm": leave_send_sms_without_concurrency,
    "UndeliveredEventsAlarm": refuse_an_event_again_and_again,
    "UndeliveredUnreadAlarm": leave_an_event_unread,
    "UndeliveredDeadLetterAlarm": leave_an_event_undelivered,
    "SendDeadLetterAlarm": queue_a_send_of_no_connection,
    "PollDeadLetterAlarm": await_the_asynchronous_failure,
    "SendFailureAlarm": await_the_asynchronous_failure,
    "PollScheduleDeadLetterAlarm": leave_a_poll_that_could_not_be_started,
    "ReconcileDeadLetterAlarm": await_the_asynchronous_failure,
    "ReconcileScheduleDeadLetterAlarm": leave_a_reconciliation_that_could_not_be_started,
}


@pytest.fixture(scope="module")
def deployed(aws: LocalAws) -> Iterator[dict[str, DeployedAlarm]]:
    """The alarms. Their dead-letter queues are empty, but some asynchronous invocations have begun to fail for good."""
    alarms = {name: DeployedAlarm(aws, name) for name in OF_AWS}
    for name, alarm in alarms.items():
        if name.endswith(("DeadLetterAlarm", "FailureAlarm")):
            alarm.empty_its_queue()
    failing = {
        "PollFunction": {"since": "yesterday"},
        "ReconcileFunction": {"since": "yesterday"},
        "SendSmsFunction": {"to": "nobody"},
    }
    for function, payload in failing.items():
        name = aws.outputs[function]
        aws.lambda_.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(payload).encode())
    yield alarms
    # Nor does either of them fail in another test.
    wait_until(lambda: all(count_messages(aws, f"{queue}Url") for queue in FAILED_FOR_GOOD))
    empty_queues(aws)


def test_no_alarm_on_a_metric_of_aws_is_forgotten() -> None:
    assert PROVOKED.keys() == OF_AWS


@pytest.mark.parametrize("name", PROVOKED)
def test_alarm_is_set_off(aws: LocalAws, twilio: TwilioSandbox, deployed: dict[str, DeployedAlarm], name: str) -> None:
    value = PROVOKED[name](aws, deployed[name], twilio)

    assert deployed[name].is_set_off_by(value)
    assert not deployed[name].is_set_off_by(0)


def test_the_deployed_functions_count_under_the_name_that_alarms_on_their_metrics_look_for(aws: LocalAws) -> None:
    fail_on(aws, "GetSmsFunction", {"messageSid": "no SID"})

    named = {json.loads(line)["service"] for line in aws.logs("GetSmsFunction") if line.startswith("{")}

    assert named == {DeployedAlarm(aws, "AuthenticationFailuresAlarm").resource}
