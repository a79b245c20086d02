"""Twilio's own example messages, and messages of each status, through every action: the same twenty keys throughout."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
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


def read_by_every_action(world: World, sid: str) -> list[dict[str, Any]]:
    """What the actions that read, and a poll, make of the account's one message."""
    fetched = world.invoke("get_sms", {"messageSid": sid})["data"]
    [listed] = world.invoke("list_messages", {})["data"]
    [picked] = world.invoke("select_message", {})["result"]
    raw = world.invoke("raw_request", {"url": f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{sid}.json"})["data"]
    assert world.invoke("poll", since(3600))["published"] == 1
    [polled] = world.bus.details("New and Updated Records")[0]["body"]["data"]["created"]
    body = fetched["body"]
    label = f"{body[:40] + '…' * (len(body) > 40) if body else 'No body'} ({fetched['to']})"
    assert picked == {"label": label, "key": sid}
    assert list(violations(raw, SCHEMA)) == []
    return [fetched, listed, polled]


def test_there_are_twelve_examples_of_six_statuses() -> None:
    shown = [example(name, "AC" + "0" * 32) for name in EXAMPLES]
    assert len(shown) == 12
    assert {message.status for message in shown} == {"sent", "received", "queued", "accepted", "scheduled", "canceled"}
    assert [list(violations(message.resource(), SCHEMA)) for message in shown] == [[]] * 12


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read_as_it_is(world: World, name: str) -> None:
    message = example(name, world.twilio.account_sid)
    world.twilio.restore([message])

    read = read_by_every_action(world, message.sid)

    assert read == [in_camel_case(message)] * 3
    assert read[0].keys() == MESSAGE.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_the_result_of_a_send(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = example(name, world.twilio.account_sid)
    monkeypatch.setattr(Messaging, "create", lambda self, form: message)

    assert world.invoke("send_sms", TEXT)["data"] == in_camel_case(message)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("status", STATUSES)
def test_a_message_of_each_status_and_direction_is_read_as_it_is(world: World, status: str, direction: str) -> None:
    dated = status not in ("accepted", "scheduled", "queued", "sending", "failed", "canceled")
    [sid] = world.twilio.add(date_sent=ago(60) if dated else None, status=status, direction=direction)

    read = read_by_every_action(world, sid)

    assert read == [in_camel_case(world.twilio.messages[0])] * 3
    assert (read[0]["status"], read[0]["direction"]) == (status, direction)


@pytest.mark.parametrize("body", [None, "", "x" * 41])
def test_a_body_that_is_null_empty_or_long(world: World, body: str | None) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    [sid] = world.twilio.add(date_sent=ago(60), body=body)

    assert read_by_every_action(world, sid) == [in_camel_case(world.twilio.messages[0])] * 3
    assert world.twilio.messages[0].date_created < now


@pytest.mark.parametrize("status", STATUSES)
def test_a_send_that_was_answered_with_each_status(world: World, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    [sid] = world.twilio.add(date_sent=None, status=status)
    message = world.twilio.messages[0]
    monkeypatch.setattr(Messaging, "create", lambda self, form: message)

    result = world.invoke("send_sms", TEXT)["data"]

    assert result == in_camel_case(message)
    assert (result["sid"], result["status"]) == (sid, status)
