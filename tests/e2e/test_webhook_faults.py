"""Webhooks while something around the deployed stack fails: nothing that was acknowledged is lost."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from local.accounts import CONNECTION
from local.aws import LocalAws
from local.bus import BusWatcher
from local.denial import denied
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_configuration import redelivery_paused
from tests.support.deployed_webhooks import inbound, of_type, post_webhook, status_callback


def undelivered(aws: LocalAws) -> list[dict[str, Any]]:
    """The details that wait in the queue, which stay there to be received by others."""
    answer = aws.sqs.receive_message(
        QueueUrl=aws.outputs["UndeliveredQueueUrl"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [json.loads(json.loads(message["Body"])["detail"]) for message in answer.get("Messages", [])]


def forget_secrets(aws: LocalAws) -> None:
    """Lets the webhook's next call start a process, as any change of a function does."""
    name = aws.outputs["WebhookFunction"]
    environment = aws.lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = {**environment, "STARTED_FOR": uuid.uuid4().hex}
    aws.lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.fixture
def connection(aws: LocalAws, twilio: TwilioSandbox) -> str:
    """A connection of which no process has cached anything."""
    name = f"unseen-{uuid.uuid4().hex}"
    aws.put_connection(name, {"accountSid": twilio.account_sid, "authToken": twilio.auth_token})
    return name


def millisecond(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def test_a_webhook_that_the_bus_refuses_is_published_later_exactly_as_it_would_have_been(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    form = inbound(twilio, "Grüße & 100 % 😀")
    received = of_type("Message Received", form["MessageSid"])

    with redelivery_paused(aws):
        with denied(aws, "WebhookFunction", "events:PutEvents"):
            before = millisecond(datetime.now(UTC))
            assert post_webhook(aws, form, twilio.auth_token).status == 200
            after = millisecond(datetime.now(UTC))
        (kept,) = (detail for detail in undelivered(aws) if detail["id"] == form["MessageSid"])
        assert not any(map(received, watcher.drain()))
    late = watcher.wait_for(received).detail

    assert post_webhook(aws, form, twilio.auth_token).status == 200
    prompt = watcher.wait_for_all(received, 2)[1].detail
    assert late == kept
    assert late == {**prompt, "receivedAt": late["receivedAt"]}
    assert before <= late["receivedAt"] <= after < prompt["receivedAt"]


def test_a_status_callback_that_the_bus_refuses_is_acknowledged_too(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    form = status_callback(twilio, "delivered")

    with denied(aws, "WebhookFunction", "events:PutEvents"):
        assert post_webhook(aws, form, twilio.auth_token).status == 204

    event = watcher.wait_for(of_type("Message Status Updated", f"{form['MessageSid']}:delivered"))
    assert event.detail["body"]["data"] == form


def test_a_webhook_that_can_be_stored_nowhere_is_to_be_sent_again(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    form = inbound(twilio)
    received = of_type("Message Received", form["MessageSid"])

    with denied(aws, "WebhookFunction", "events:PutEvents", "sqs:SendMessage*"):
        answer = post_webhook(aws, form, twilio.auth_token)
        assert (answer.status, int(answer.headers["retry-after"]) > 0) == (503, True)

    assert post_webhook(aws, form, twilio.auth_token).status == 200
    watcher.wait_for(received)
    assert len([event for event in watcher.drain() if received(event)]) == 1


def test_a_secret_that_cannot_be_read_means_again_and_not_never(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, connection: str
) -> None:
    form = inbound(twilio)

    with denied(aws, "WebhookFunction", "secretsmanager:GetSecretValue"):
        answer = post_webhook(aws, form, twilio.auth_token, connection)
        assert (answer.status, int(answer.headers["retry-after"]) > 0) == (503, True)
        assert post_webhook(aws, inbound(twilio), twilio.auth_token, CONNECTION).status == 200

    assert post_webhook(aws, form, twilio.auth_token, connection).status == 200
    assert watcher.wait_for(of_type("Message Received", form["MessageSid"])).detail["connection"] == connection


def test_a_connection_receives_once_its_secret_exists_and_is_well_formed(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    missing, malformed = f"missing-{uuid.uuid4().hex}", f"malformed-{uuid.uuid4().hex}"
    aws.put_connection(malformed, {"accountSid": twilio.account_sid, "authToken": "two words"})
    forms = {name: inbound(twilio) for name in (missing, malformed)}

    def answers() -> list[int]:
        return [post_webhook(aws, form, twilio.auth_token, name).status for name, form in forms.items()]

    assert answers() == [404, 403]
    for name in forms:
        aws.put_connection(name, {"accountSid": twilio.account_sid, "authToken": twilio.auth_token})
    forget_secrets(aws)
    assert answers() == [200, 200]
    for name, form in forms.items():
        received = of_type("Message Received", form["MessageSid"])
        detail = watcher.wait_for(received).detail
        assert (detail["connection"], detail["body"]["data"]) == (name, form)
        assert len([event for event in watcher.drain() if received(event)]) == 1
