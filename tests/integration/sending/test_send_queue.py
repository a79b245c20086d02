"""The send queue: records of SQS in, messages and events out, each record for itself."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.aws_faults import refusing
from tests.support.envelopes import UNWRAPPED
from tests.support.fakes import FakeContext
from tests.support.secret_answers import IAM_DENIED, KMS_DENIED, MARKED_FOR_DELETION, NO_VALUE
from tests.support.sqs_events import sqs_event
from tests.support.world import World
from twilio_connector.bus.undelivered import UndeliveredQueue

INPUT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello from Acme!"}


def deliver(world: World, *bodies: object, context: FakeContext | None = None) -> list[str]:
    """Hand the bodies over as the messages m0, m1, …; gives those that go back to the queue."""
    answer = world.invoke("send_sms", sqs_event(*bodies), context)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_each_record_is_sent_and_published(world: World) -> None:
    assert deliver(world, INPUT, INPUT | {"message": "Second"}) == []

    sent = world.bus.details("Message Sent")
    assert [detail["id"] for detail in sent] == ["sqs:m0", "sqs:m1"]
    assert [detail["body"]["data"]["input"] for detail in sent] == [INPUT, INPUT | {"message": "Second"}]
    told = {detail["body"]["data"]["message"]["sid"]: detail["body"]["data"]["input"]["message"] for detail in sent}
    assert told == {one.sid: one.body for one in world.twilio.messages}
    assert {(detail["connection"], detail["accountSid"]) for detail in sent} == {("default", world.twilio.account_sid)}


@pytest.mark.parametrize(
    ("body", "error", "code", "status"),
    [
        ("{not json", "InvalidInputError", None, None),
        ('{"validityPeriod": 1e999}', "InvalidInputError", None, None),
        ('{"validityPeriod": NaN}', "InvalidInputError", None, None),
        ('{"validityPeriod": 9223372036854775808}', "InvalidInputError", None, None),
        ('{"contentVariables": {"1": [-9223372036854775809]}}', "InvalidInputError", None, None),
        ('{"contentVariables": ' + "[" * 940 + "]" * 940 + "}", "InvalidInputError", None, None),
        (["a list"], "InvalidInputError", None, None),
        (INPUT | {"to": ""}, "InvalidInputError", None, None),
        (INPUT | {"unknown": 1}, "InvalidInputError", None, None),
        (INPUT | {"connection": "not possible"}, "InvalidInputError", None, None),
        (INPUT | {"message": "\ud800"}, "InvalidInputError", None, None),
        (INPUT | {"to": "+15005550001"}, "TwilioRejectedError", 21211, 400),
        (INPUT | {"to": "+15005550004"}, "TwilioOptedOutError", 21610, 400),
    ],
)
def test_a_failure_of_the_message_is_acknowledged_and_published(
    world: World, body: Any, error: str, code: int | None, status: int | None
) -> None:
    assert deliver(world, body, INPUT) == []

    (failed,) = world.bus.details("Message Send Failed")
    assert failed["id"] == "sqs:m0"
    assert failed["body"]["data"]["input"] == (None if isinstance(body, str) else body)
    told = failed["body"]["data"]["error"]
    assert (told["type"], told["code"], told["status"]) == (error, code, status)
    assert told["message"]
    assert len(world.bus.details("Message Sent")) == 1


@pytest.mark.parametrize("name", ["idempotencyKey", "connection", "message"])
def test_a_value_too_large_for_the_bus_is_told_without_it(world: World, name: str) -> None:
    assert deliver(world, INPUT | {name: "x" * 270_000}) == []
    (failed,) = world.bus.details("Message Send Failed")
    assert (failed["id"], failed["connection"]) == ("sqs:m0", "default")
    assert failed["body"]["data"]["input"] is None
    assert failed["body"]["data"]["error"]["type"] == "InvalidInputError"


@pytest.mark.parametrize("key", [" ", "", None])
def test_a_blank_key_is_none(world: World, key: str | None) -> None:
    assert deliver(world, INPUT | {"idempotencyKey": key}, INPUT | {"idempotencyKey": key, "message": "Other"}) == []
    assert [detail["id"] for detail in world.bus.details("Message Sent")] == ["sqs:m0", "sqs:m1"]


def test_a_conflict_of_keys_is_a_failure_of_the_message(world: World) -> None:
    assert deliver(world, INPUT | {"idempotencyKey": "k"}, INPUT | {"idempotencyKey": "k", "message": "Other"}) == []
    (failed,) = world.bus.details("Message Send Failed")
    assert (failed["id"], failed["body"]["data"]["error"]["type"]) == ("k", "IdempotencyConflictError")


@pytest.mark.parametrize("fault", [Fault.Throttle(retry_after=3600), Fault.ServerError(), Fault.Reset()])
def test_a_failure_of_the_surroundings_goes_back_to_the_queue_alone(world: World, fault: Any) -> None:
    world.twilio.inject(replace(fault, body="Returned"), match="POST /Messages")
    # With characters that Twilio changes, which is not searched for.
    assert deliver(world, INPUT | {"message": "Returned", "smartEncoded": True}, INPUT) == ["m0"]
    assert [detail["id"] for detail in world.bus.details("Message Sent")] == ["sqs:m1"]
    assert len(world.twilio.messages) == 1
    assert world.bus.details("Message Send Failed") == []


def test_a_message_whose_answer_was_lost_is_found_and_published_as_sent(world: World) -> None:
    world.twilio.inject(Fault.ServerError(accepted=True), match="POST /Messages")
    assert deliver(world, INPUT) == []
    (sent,) = world.bus.details("Message Sent")
    assert [sent["body"]["data"]["message"]["sid"]] == [one.sid for one in world.twilio.messages]


def test_a_connection_that_does_not_exist_goes_back_to_the_queue(world: World) -> None:
    assert deliver(world, INPUT | {"connection": "nobody"}, INPUT) == ["m0"]
    assert len(world.twilio.messages) == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDeniedException", IAM_DENIED),
        ("AccessDeniedException", KMS_DENIED),
        ("DecryptionFailure", "refused"),
        ("InvalidRequestException", MARKED_FOR_DELETION),
        ("ResourceNotFoundException", NO_VALUE),
    ],
)
def test_a_secret_that_gives_no_credentials_is_never_the_message_s_fault(world: World, code: str, message: str) -> None:
    with refusing("GetSecretValue", code, message=message):
        assert deliver(world, INPUT) == ["m0"]
    assert world.bus.entries == []


def test_refused_credentials_go_back_to_the_queue(world: World) -> None:
    world.twilio.account.auth_token = "rotated"
    assert deliver(world, INPUT) == ["m0"]
    assert world.bus.entries == []


def test_a_message_that_the_queue_delivers_again_is_published_again_and_not_sent(world: World) -> None:
    assert deliver(world, INPUT) == deliver(world, INPUT) == []
    first, second = world.bus.details("Message Sent")
    assert first["id"] == second["id"]
    assert first["body"]["data"]["message"]["sid"] == second["body"]["data"]["message"]["sid"]
    assert len(world.twilio.messages) == 1


def test_a_key_of_the_input_goes_before_that_of_the_queue(world: World) -> None:
    assert deliver(world, INPUT | {"idempotencyKey": "order-5"}, INPUT | {"idempotencyKey": "order-5"}) == []
    assert [detail["id"] for detail in world.bus.details("Message Sent")] == ["order-5", "order-5"]
    assert len(world.twilio.messages) == 1


@pytest.mark.parametrize("written", [1042, 1042.0])
def test_a_number_is_the_text_of_its_digits_for_the_key_and_all_else(world: World, written: float) -> None:
    texts = {"to": "15551234567", "from": "+15555551234", "message": "482913", "idempotencyKey": "1042"}
    numbers = {"to": 15551234567, "from": "+15555551234", "message": 482913, "idempotencyKey": written}

    assert deliver(world, numbers, texts) == []

    (message,) = world.twilio.messages
    assert (message.to, message.body) == ("+15551234567", "482913")
    sent = world.bus.details("Message Sent")
    assert [detail["id"] for detail in sent] == ["1042", "1042"]
    assert [detail["body"]["data"]["input"] for detail in sent] == [numbers, texts]
    assert {detail["body"]["data"]["message"]["sid"] for detail in sent} == {message.sid}


@pytest.mark.parametrize("name", UNWRAPPED)
def test_an_input_is_taken_out_of_its_envelope(world: World, name: str) -> None:
    assert deliver(world, json.dumps(UNWRAPPED[name](INPUT))) == []

    (message,) = world.twilio.messages
    assert (message.to, message.body) == ("+15551234567", "Hello from Acme!")
    (sent,) = world.bus.details("Message Sent")
    assert (sent["id"], sent["body"]["data"]["input"]) == ("sqs:m0", INPUT)


def test_what_comes_in_an_envelope_again_is_not_sent_again(world: World) -> None:
    body = json.dumps(UNWRAPPED["an SNS notification"](INPUT))
    assert deliver(world, body) == deliver(world, body) == []
    keyed = INPUT | {"message": "Once", "idempotencyKey": "once"}
    assert deliver(world, keyed, *(json.dumps(wrap(keyed)) for wrap in UNWRAPPED.values())) == []

    assert [one.body for one in world.twilio.messages] == ["Hello from Acme!", "Once"]
    assert {detail["id"] for detail in world.bus.details("Message Sent")} == {"sqs:m0", "once"}


def test_an_input_in_an_envelope_can_be_refused_as_any_other(world: World) -> None:
    given = INPUT | {"to": "12"}
    assert deliver(world, json.dumps(UNWRAPPED["an EventBridge event"](given))) == []
    (failed,) = world.bus.details("Message Send Failed")
    assert failed["body"]["data"]["input"] == given
    assert failed["body"]["data"]["error"]["message"].startswith("to is not")


def test_records_that_cannot_be_begun_in_time_are_returned_unsent(world: World) -> None:
    assert deliver(world, INPUT, INPUT, context=FakeContext(seconds=20)) == ["m0", "m1"]
    assert world.twilio.requests == []


def test_an_outcome_that_the_bus_refuses_is_kept_for_later(world: World) -> None:
    world.bus.refusals = [1, 1, 1]
    assert deliver(world, INPUT) == []
    (kept,) = world.sqs.receive_message(QueueUrl=world.undelivered_url)["Messages"]
    event = UndeliveredQueue.parse(kept["Body"])
    assert event.detail_type == "Message Sent"
    assert json.loads(event.detail)["id"] == "sqs:m0"


def test_an_outcome_that_can_be_kept_nowhere_comes_again_without_sending_twice(world: World) -> None:
    world.bus.refusals = [1, 1, 1]
    with refusing("SendMessageBatch", "InternalError"):
        assert deliver(world, INPUT) == ["m0"]
    assert deliver(world, INPUT) == []
    assert len(world.twilio.messages) == 1
    assert len(world.bus.details("Message Sent")) == 1
