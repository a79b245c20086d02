"""What canceling, redacting and deleting reach, and what the state table holds of people, as docs/privacy.md says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import TIMED_OUT
from tests.support.world import World
from twilio_connector.errors import OutcomeUnknownError, TwilioNotFoundError
from twilio_connector.twilio.message import KEYS

RECIPIENT, SENDER = "+15557650102", "+15557650101"
TEXT = "Something about one person alone"
KEY = "order-of-jane-doe"
SEND = {"to": RECIPIENT, "from": SENDER, "message": TEXT, "idempotencyKey": KEY}
# Of which the outcome stays unknown, because a list does not show what it was made of.
TEMPLATE = {"to": RECIPIENT, "from": SENDER, "contentSid": "HX" + "a" * 32, "contentVariables": {"1": TEXT}}
SCHEDULED = {"to": RECIPIENT, "messagingServiceSid": "MG" + "a" * 32, "message": TEXT, "idempotencyKey": KEY}


@pytest.fixture
def sent(world: World) -> str:
    """A text that was sent under a key, and has arrived."""
    sid = str(world.invoke("send_sms", SEND)["data"]["sid"])
    world.twilio.wait_until(lambda: [message.status for message in world.twilio.messages] == ["delivered"])
    return sid


def update(world: World, sid: str, action: str) -> None:
    world.invoke("update_message", {"messageSid": sid, "action": action})


def polled(world: World) -> list[dict[str, Any]]:
    world.invoke("poll", {"since": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(), "to": RECIPIENT})
    events = world.bus.details("New and Updated Records")
    return [message for event in events for message in event["body"]["data"]["created"]]


def test_a_redacted_text_is_gone_from_what_is_read_repeated_and_polled(world: World, sent: str) -> None:
    (older,) = world.twilio.add(to=RECIPIENT, body=TEXT, date_sent=datetime.now(UTC) - timedelta(minutes=1))
    for sid in (sent, older):
        update(world, sid, "redact")

    repeated, fetched = world.invoke("send_sms", SEND)["data"], world.invoke("get_sms", {"messageSid": sent})["data"]
    listed, published = world.invoke("list_messages", {})["data"], polled(world)

    told = [repeated, fetched, *listed, *published]
    assert [message["sid"] for message in told[:4]] == [sent, sent, sent, older]
    # What was sent in the current second is the next poll's.
    assert older in {message["sid"] for message in published}
    assert {(message["body"], message["to"]) for message in told} == {("", RECIPIENT)}
    assert TEXT not in json.dumps(world.invoke("select_message", {}))
    assert len(world.twilio.messages) == 2


def test_of_a_deleted_text_a_repeat_tells_the_sid_and_sends_nothing(world: World, sent: str) -> None:
    (older,) = world.twilio.add(to=RECIPIENT, body=TEXT, date_sent=datetime.now(UTC) - timedelta(minutes=1))
    for sid in (sent, older):
        update(world, sid, "delete")
    assert world.invoke("send_sms", SEND)["data"] == {**dict.fromkeys(KEYS), "sid": sent}
    assert world.invoke("list_messages", {})["data"] == polled(world) == []
    with pytest.raises(TwilioNotFoundError):
        world.invoke("get_sms", {"messageSid": sent})
    assert world.twilio.messages == []


@pytest.mark.parametrize("twilio", [{"status_delay": None}], indirect=True)
def test_of_a_canceled_text_a_repeat_tells_so_and_schedules_nothing(world: World) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    sid = world.invoke("send_sms", SCHEDULED | {"sendAt": later})["data"]["sid"]
    update(world, sid, "cancel")
    repeated = world.invoke("send_sms", SCHEDULED | {"sendAt": later})["data"]
    assert (repeated["sid"], repeated["status"]) == (sid, "canceled")
    assert [message.status for message in world.twilio.messages] == ["canceled"]


def test_events_that_wait_are_not_reached(world: World, sent: str) -> None:
    world.bus.failure = TIMED_OUT
    record = {"messageId": "1", "body": json.dumps(SEND), "receiptHandle": "1"}
    world.invoke("send_sms", {"Records": [record]})
    update(world, sent, "delete")
    assert world.twilio.messages == []
    (waiting,) = world.sqs.receive_message(QueueUrl=world.undelivered_url)["Messages"]
    assert TEXT in waiting["Body"]
    assert RECIPIENT in waiting["Body"]


def test_the_state_table_holds_no_text_and_no_number_but_those_that_polls_filter_by(world: World, sent: str) -> None:
    world.twilio.inject(Fault.Reset(), match="POST /Messages")
    with pytest.raises(OutcomeUnknownError):
        world.invoke("send_sms", TEMPLATE | {"idempotencyKey": KEY + " again"})
    world.twilio.add(to=RECIPIENT, from_=SENDER, body=TEXT, date_sent=datetime.now(UTC) - timedelta(minutes=1))
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    assert world.invoke("poll", {"since": since})["published"] >= 1
    assert world.invoke("poll", {"since": since, "from": SENDER})["published"] >= 1

    sends, polls = repr(world.items("send#")), repr(world.items("poll#"))
    assert sent in sends
    assert "'unknown'" in sends
    assert "chunk#" in polls
    for private in (TEXT, KEY, "7650101", "7650102"):
        assert private not in sends
    for private in (TEXT, "7650102"):
        assert private not in polls
    assert f"poll#default#{SENDER}#" in polls
