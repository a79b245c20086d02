"""What the send queue gives up: shown by an event, a log line and a count, of which only the event holds contents."""

import json
from typing import Any

import pytest

from tests.support.aws_faults import refusing
from tests.support.envelopes import REFUSED as ENVELOPES
from tests.support.log_lines import log_lines
from tests.support.metric_lines import emitted
from tests.support.sqs_events import sqs_event
from tests.support.world import World

INPUT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello from Acme!"}
# By what the queue is given: the cause, the error's type and Twilio's code.
REFUSED: dict[str, tuple[Any, tuple[str, str, int | None]]] = {
    **{
        name: (json.dumps(make(INPUT)), ("unreadable", "InvalidInputError", None))
        for name, (make, _) in ENVELOPES.items()
    },
    "broken JSON": ('{"to": "+15551234567", "message": "Acme\nHello"}', ("unreadable", "InvalidInputError", None)),
    "a text": ("Hello from Acme", ("unreadable", "InvalidInputError", None)),
    "a list": (["+15551234567"], ("unreadable", "InvalidInputError", None)),
    "a number": ("15551234567", ("unreadable", "InvalidInputError", None)),
    "null": ("null", ("unreadable", "InvalidInputError", None)),
    "65 bits": ('{"to": 9223372036854775808}', ("unreadable", "InvalidInputError", None)),
    "no recipient": (INPUT | {"to": ""}, ("input", "InvalidInputError", None)),
    "an unknown input": (INPUT | {"phone": "+15551234567"}, ("input", "InvalidInputError", None)),
    "too long a key": (INPUT | {"idempotencyKey": "5551234567" * 30}, ("input", "InvalidInputError", None)),
    "a private connection": (INPUT | {"connection": "call +15551234567"}, ("input", "InvalidInputError", None)),
    "a rejected recipient": (INPUT | {"to": "+15005550001"}, ("rejected", "TwilioRejectedError", 21211)),
    "an opt-out": (INPUT | {"to": "+15005550004"}, ("opted_out", "TwilioOptedOutError", 21610)),
}


def refusals(printed: str) -> list[str]:
    """The causes that were counted."""
    return [found["cause"] for name, found, value in emitted(printed) if name == "SendsRefused" and value == 1]


@pytest.mark.parametrize("name", REFUSED)
def test_each_is_published_logged_and_counted(world: World, capsys: pytest.CaptureFixture[str], name: str) -> None:
    body, expected = REFUSED[name]
    with log_lines() as lines:
        assert world.invoke("send_sms", sqs_event(body)) == {"batchItemFailures": []}

    (failed,) = world.bus.details("Message Send Failed")
    (line,) = [one for one in map(json.loads, lines) if one["message"].startswith("An input of the send queue")]
    assert line["level"] == "WARNING"
    assert (line["cause"], line["error_type"], line.get("code")) == expected
    assert line["reason"] == failed["body"]["data"]["error"]["message"]
    assert (line["sqs_message_id"], failed["id"]) == ("m0", "sqs:m0")
    assert refusals(capsys.readouterr().out) == [expected[0]]


def test_neither_log_nor_metric_holds_contents(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines() as lines:
        world.invoke("send_sms", sqs_event(*(body for body, _ in REFUSED.values())))

    printed = capsys.readouterr().out
    assert len(refusals(printed)) == len(REFUSED)
    private = ("5551234567", "5555551234", "5005550001", "5005550004", "Acme", "demo-bucket")
    assert [each for each in private if each in printed + "".join(lines)] == []


@pytest.mark.parametrize(
    ("given", "logged"),
    [(None, "default"), ("sales", "sales"), (42, "42"), ("15551234567", "*4567"), ("call me", None), (True, "default")],
)
def test_the_log_names_the_connection_where_a_name_can_be_one(world: World, given: object, logged: str | None) -> None:
    world.put_connection("sales", {"accountSid": world.twilio.account_sid, "authToken": world.twilio.auth_token})
    with log_lines() as lines:
        world.invoke("send_sms", sqs_event(INPUT | {"connection": given, "unknown": 1}))
    (line,) = [one for one in map(json.loads, lines) if one["message"].startswith("An input of the send queue")]
    assert line.get("connection") == logged


def test_the_event_of_a_refused_envelope_holds_it_and_names_what_to_change(world: World) -> None:
    given = [json.loads(json.dumps(make(INPUT))) for make, _ in ENVELOPES.values()]
    world.invoke("send_sms", sqs_event(*map(json.dumps, given)))

    failed = world.bus.details("Message Send Failed")
    assert [one["body"]["data"]["input"] for one in failed] == given
    for one, (_, change) in zip(failed, ENVELOPES.values(), strict=True):
        assert change in one["body"]["data"]["error"]["message"]
    assert {one["connection"] for one in failed} == {"default"}
    assert world.twilio.requests == []


def test_a_conflict_of_keys_counts_as_an_invalid_input(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.invoke("send_sms", sqs_event(INPUT | {"idempotencyKey": "k"}, INPUT | {"idempotencyKey": "k", "to": "+1555"}))
    world.invoke("send_sms", sqs_event(INPUT | {"idempotencyKey": "k", "message": "Other"}))
    assert refusals(capsys.readouterr().out) == ["input", "input"]


def test_what_is_sent_or_comes_again_is_no_refusal(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines() as lines:
        world.invoke("send_sms", sqs_event(INPUT, INPUT | {"connection": "nobody"}))
    assert refusals(capsys.readouterr().out) == []
    assert [line for line in lines if "refused for good" in line] == []


def test_a_refusal_that_can_be_told_nowhere_comes_again_and_is_counted_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.bus.refusals = [1, 1, 1]
    with refusing("SendMessageBatch", "InternalError"):
        answer = world.invoke("send_sms", sqs_event("Hello"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert refusals(capsys.readouterr().out) == []

    assert world.invoke("send_sms", sqs_event("Hello")) == {"batchItemFailures": []}
    assert refusals(capsys.readouterr().out) == ["unreadable"]
    assert len(world.bus.details("Message Send Failed")) == 1
