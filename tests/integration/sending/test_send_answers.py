"""What Twilio's answers to a message creation mean for a direct caller and for the send queue."""

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Request, Response

from local.twilio_sandbox.faults import InjectedFault
from tests.support.fakes import FakeContext
from tests.support.sqs_events import sqs_event
from tests.support.world import World
from twilio_connector.errors import OutcomeUnknownError, TwilioConnectorError, TwilioNotFoundError, TwilioRejectedError

TEXT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello", "idempotencyKey": "order-1"}
XML = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>20404</Code>"
    "<Message>The requested resource was not found</Message><Status>404</Status></RestException></TwilioResponse>"
)
FORM = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}
# That an invocation has left: a search that finds nothing goes on for most of it.
SECONDS = 12.0
RETURNED = {"batchItemFailures": [{"itemIdentifier": "m0"}]}
JSON = '{"code": %d, "message": "The requested resource was not found", "status": 404}'


@dataclass(frozen=True)
class Answer(InjectedFault):
    """An answer of a *status* with a body as it is written."""

    status: int = 500
    text: str = ""
    mimetype: str = "application/json"

    def answer(self, request: Request, planned: Response | None, stopping: threading.Event) -> Response:
        """Give it."""
        return Response(self.text, self.status, mimetype=self.mimetype)


# By name: the answer, whether the message exists, and the error of a direct caller.
ANSWERS: dict[str, tuple[Answer, type[TwilioConnectorError]]] = {
    "408": (Answer(status=408, text="Request Timeout", mimetype="text/plain"), OutcomeUnknownError),
    "408 after it was accepted": (Answer(status=408, accepted=True), OutcomeUnknownError),
    "404 of the list": (Answer(status=404, text=JSON % 20404), TwilioNotFoundError),
    "404 without a code": (Answer(status=404, text="<html>", mimetype="text/html"), TwilioNotFoundError),
    "404 of the list in XML": (Answer(status=404, text=XML, mimetype="application/xml"), TwilioNotFoundError),
}


@pytest.mark.parametrize("name", [name for name, (fault, _) in ANSWERS.items() if not fault.accepted])
def test_what_says_nothing_of_the_message_returns_it_to_the_queue(world: World, name: str) -> None:
    fault, _ = ANSWERS[name]
    world.twilio.inject(fault, match="POST /Messages")
    assert world.invoke("send_sms", sqs_event(TEXT), FakeContext(seconds=SECONDS)) == RETURNED
    assert world.bus.details("Message Send Failed") == []


@pytest.mark.parametrize(
    "inputs",
    [
        {"contentSid": "HX" + "0" * 32, "contentVariables": {"1": "for Zoë", "2": ["at noon"]}},
        {"contentSid": "HX" + "0" * 32, "contentVariables": '{"1": "for Zoë", "2": "at noon"}'},
        {"message": "x", "tags": {"who": "for Zoë", "when": "at noon"}},
    ],
    ids=["variables", "variables as text", "tags"],
)
def test_no_error_quotes_a_text_within_the_json_of_a_send(world: World, inputs: dict[str, Any]) -> None:
    quoting = Answer(status=400, text='{"code": 21656, "message": "Wrong: for Zo\\u00eb, at noon"}')
    world.twilio.inject(quoting, match="POST /Messages")
    with pytest.raises(TwilioRejectedError) as rejected:
        world.invoke("send_sms", {"to": TEXT["to"], "from": TEXT["from"], **inputs})
    assert "Wrong: …, …" in str(rejected.value)


@pytest.mark.parametrize("name", ANSWERS)
def test_nobody_is_texted_twice_and_success_is_a_text(world: World, name: str) -> None:
    fault, error = ANSWERS[name]
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(fault, match="POST /Messages")
    results: list[Any] = []
    for _ in range(3):
        try:
            results.append(world.invoke("send_sms", TEXT, FakeContext(seconds=SECONDS))["data"]["sid"])
        except TwilioConnectorError as exc:
            assert type(exc) is error
            results.append(None)
    sids = {sid for sid in results if sid}
    assert [message.sid for message in world.twilio.messages] == sorted(sids)
    assert len(sids) == 1


def test_a_404_of_something_in_the_message_is_one_of_the_message(world: World) -> None:
    world.twilio.inject(Answer(status=404, text=JSON % 21705), match="POST /Messages")
    assert world.invoke("send_sms", sqs_event(TEXT)) == {"batchItemFailures": []}
    (failed,) = world.bus.details("Message Send Failed")
    assert failed["body"]["data"]["error"]["type"] == "TwilioNotFoundError"


def test_a_bad_setting_of_the_connection_is_not_blamed_on_the_message(world: World) -> None:
    secret = {"accountSid": world.twilio.account_sid, "authToken": world.twilio.auth_token, "defaultCountry": "UK"}
    world.put_connection("misset", secret)
    event = {**TEXT, "to": "5551234567", "connection": "misset"}
    assert world.invoke("send_sms", sqs_event(event)) == RETURNED
    with pytest.raises(TwilioConnectorError, match="defaultCountry") as caught:
        world.invoke("send_sms", event)
    assert type(caught.value).__name__ == "ConnectionConfigError"
    assert world.bus.details("Message Send Failed") == []


def redact(world: World, sid: str) -> None:
    """Empty the message once it is over, which Twilio waits for."""
    world.twilio.wait_until(
        lambda: {message.sid: message.status for message in world.twilio.messages}[sid] == "delivered"
    )
    url = f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{sid}.json"
    assert world.invoke("raw_request", {"url": url, "method": "POST", "data": {"Body": ""}, **FORM})["status"] == 200


@pytest.mark.parametrize("twilio", [{"listing_lag": 3600}], indirect=True)
def test_a_message_that_was_redacted_meanwhile_is_undecided_and_not_sent_again(world: World) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(Answer(status=500, accepted=True), match="POST /Messages")
    with pytest.raises(OutcomeUnknownError):
        world.invoke("send_sms", TEXT, FakeContext(seconds=2.5))
    (message,) = world.twilio.messages
    redact(world, message.sid)
    world.twilio.reveal(message.sid)
    with pytest.raises(OutcomeUnknownError):
        world.invoke("send_sms", TEXT)
    assert len(world.twilio.messages) == 1


@pytest.mark.parametrize("twilio", [{"listing_lag": 3600}], indirect=True)
def test_a_redacted_message_of_another_key_is_in_nobody_s_way(world: World) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    world.twilio.inject(Answer(status=500), match="POST /Messages")
    with pytest.raises(OutcomeUnknownError):
        world.invoke("send_sms", TEXT, FakeContext(seconds=2.5))
    other = world.invoke("send_sms", {**TEXT, "message": "Other", "idempotencyKey": "order-2"})["data"]["sid"]
    redact(world, other)
    world.twilio.reveal(other)
    assert world.invoke("send_sms", TEXT)["data"]["sid"] != other
    assert len(world.twilio.messages) == 2
