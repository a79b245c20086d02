"""Twilio's own example messages, and messages of each status, through every action: the same twenty keys throughout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.messaging import Messaging
from tests.support.examples import MESSAGE
from tests.support.poll_times import ago, since
from tests.support.twilio_messages import EXAMPLES, example
from tests.support.twilio_openapi import DIRECTIONS, STATUSES, violations
from tests.support.twilio_openapi import MESSAGE as SCHEMA
from tests.support.world import World

TEXT = {"to": "+15551234567", "from": "+15558675309", "message": "Hello"}
_AS_THEY_ARE = {
    "body": "body",
    "direction": "direction",
    "from": "from",
    "to": "to",
    "price": "price",
    "uri": "uri",
    "sid": "sid",
    "status": "status",
    "num_segments": "numSegments",
    "num_media": "numMedia",
    "error_code": "errorCode",
    "error_message": "errorMessage",
    "account_sid": "accountSid",
    "messaging_service_sid": "messagingServiceSid",
    "price_unit": "priceUnit",
    "api_version": "apiVersion",
    "subresource_uris": "subresourceUris",
}
_DATES = {"date_created": "dateCreated", "date_sent": "dateSent", "date_updated": "dateUpdated"}


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    # Each message is listed and polled, those without a date sent as well.
    with TwilioSandbox(null_dates_match_filters=True, status_delay=None) as sandbox:
        yield sandbox


def in_camel_case(message: Message) -> dict[str, Any]:
    """What the contract makes of the message, from what the sandbox answers and from its dates."""
    resource = message.resource()
    assert _AS_THEY_ARE.keys() | _DATES.keys() == resource.keys()
    dates = {theirs: getattr(message, ours) for ours, theirs in _DATES.items()}
    return {theirs: resource[ours] for ours, theirs in _AS_THEY_ARE.items()} | {
        name: date and f"{date:%Y-%m-%dT%H:%M:%S}.000Z" for name, date in dates.items()
    }


def assert_read_as_they_are(world: World, messages: Sequence[Message]) -> None:
    """Assert that every action that reads, and a poll, make the same of the account's messages."""
    expected = {message.sid: in_camel_case(message) for message in messages}
    assert {frozenset(message) for message in expected.values()} == {frozenset(MESSAGE)}
    for sid, message in expected.items():
        assert world.invoke("get_sms", {"messageSid": sid})["data"] == message
    assert {message["sid"]: message for message in world.invoke("list_messages", {})["data"]} == expected
    picked = {each["key"]: each["label"] for each in world.invoke("select_message", {})["result"]}
    assert picked == {sid: label_of(message) for sid, message in expected.items()}
    assert world.invoke("poll", since(3600))["published"] == len(expected)
    events = world.bus.details("New and Updated Records")
    polled = [message for event in events for message in event["body"]["data"]["created"]]
    assert sorted(polled, key=lambda message: str(message["sid"])) == [expected[sid] for sid in sorted(expected)]


def label_of(message: dict[str, Any]) -> str:
    """What represents the message in a picklist."""
    body = message["body"] or "No body"
    return f"{body[:40]}{'…' if len(body) > 40 else ''} ({message['to']})"


def assert_results_of_sends(world: World, messages: Sequence[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that each message, as Twilio's answer to a send, is its result."""
    for message in messages:
        monkeypatch.setattr(Messaging, "create", lambda self, form, answer=message: answer)
        assert world.invoke("send_sms", {**TEXT, "idempotencyKey": message.sid})["data"] == in_camel_case(message)


def test_there_are_twelve_examples_of_six_statuses() -> None:
    shown = [example(name, "AC" + "0" * 32) for name in EXAMPLES]
    assert len({message.sid for message in shown}) == 12
    assert {message.status for message in shown} == {"sent", "received", "queued", "accepted", "scheduled", "canceled"}
    assert [list(violations(message.resource(), SCHEMA)) for message in shown] == [[]] * 12


def test_the_examples_are_read_and_sent_as_they_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [example(name, world.twilio.account_sid) for name in EXAMPLES]
    world.twilio.restore(messages)

    assert_read_as_they_are(world, messages)
    assert_results_of_sends(world, messages, monkeypatch)


def test_messages_of_every_status_and_direction_are_read_and_sent_as_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    undated = ("accepted", "scheduled", "queued", "sending", "failed", "canceled")
    for status in STATUSES:
        for direction in DIRECTIONS:
            dated = None if status in undated else ago(60)
            world.twilio.add(date_sent=dated, status=status, direction=direction)
    messages = world.twilio.messages
    assert len(messages) == 13 * 4

    assert_read_as_they_are(world, messages)
    assert_results_of_sends(world, messages, monkeypatch)


def test_bodies_that_are_null_empty_or_long(world: World) -> None:
    for body in (None, "", "x" * 40, "x" * 41):
        world.twilio.add(date_sent=ago(60), body=body)

    assert_read_as_they_are(world, world.twilio.messages)
