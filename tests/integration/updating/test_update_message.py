"""The function update_message against the sandbox, which refuses what Twilio does and loses answers."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.world import World
from twilio_connector.errors import (
    TwilioAuthenticationError,
    TwilioConnectorError,
    TwilioNotFoundError,
    TwilioRejectedError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.twilio.message import KEYS
from twilio_connector.updating.update_message import CHANGES

TEXT = "Your order A-1042 waits for its payment."
# Thirteen statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
UNFINISHED = ["accepted", "scheduled", "queued", "sending"]
FINAL = ["sent", "partially_delivered", "delivered", "undelivered", "failed", "read", "canceled"]
INBOUND = ["receiving", "received"]
LOSSES: dict[str, Any] = {
    "reset": Fault.Reset,
    "500": Fault.ServerError,
    "503": lambda **when: Fault.ServerError(status=503, **when),
    "502 of a proxy": Fault.Html,
    "cut short": Fault.Garbage,
}
# The requests that change a message, but not those that create one.
MATCH = {"cancel": "POST /Messages/", "redact": "POST /Messages/", "delete": "DELETE /Messages/"}


def add(world: World, action: str) -> str:
    """A message that can be canceled, or else redacted and deleted."""
    status = "scheduled" if action == "cancel" else "delivered"
    (sid,) = world.twilio.add(status=status, body=TEXT, date_sent=None if action == "cancel" else datetime.now(UTC))
    return sid


def update(world: World, sid: str, action: str, seconds: float = 30.0, **inputs: str) -> dict[str, Any]:
    event = {"messageSid": sid, "action": action, **inputs}
    return dict(world.invoke("update_message", event, FakeContext(seconds=seconds))["data"])


def left(world: World, sid: str) -> list[tuple[str, str | None]]:
    """What there is of a message: its status and its text."""
    return [(message.status, message.body) for message in world.twilio.messages if message.sid == sid]


# What is left of a message after each action.
AFTER = {"cancel": [("canceled", TEXT)], "redact": [("delivered", "")], "delete": []}


@pytest.mark.parametrize("twilio", [{"status_delay": None}], indirect=True)
def test_a_text_is_scheduled_and_canceled(world: World) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    text = {"to": "+15551234567", "messagingServiceSid": "MG" + "a" * 32, "message": TEXT, "sendAt": later}
    scheduled = world.invoke("send_sms", text)["data"]

    canceled = update(world, f" {scheduled['sid']} ", "cancel")
    again = update(world, scheduled["sid"], "cancel")

    assert (scheduled["status"], canceled["status"], again["status"]) == ("scheduled", "canceled", "canceled")
    assert canceled["sid"] == again["sid"] == scheduled["sid"]
    assert len(canceled) == len(again) == 20
    assert left(world, canceled["sid"]) == AFTER["cancel"]


def test_a_text_is_redacted_and_then_deleted_each_twice(world: World) -> None:
    sid = add(world, "redact")
    for _ in range(2):
        redacted = update(world, sid, "redact")
        assert (redacted["sid"], redacted["body"], redacted["status"]) == (sid, "", "delivered")
    for _ in range(2):
        assert update(world, sid, "delete") == {**dict.fromkeys(KEYS), "sid": sid}
    assert left(world, sid) == []


@pytest.mark.parametrize("action", CHANGES)
def test_each_status_allows_what_twilio_allows(world: World, subtests: pytest.Subtests, action: str) -> None:
    for status in (*UNFINISHED, *FINAL, *INBOUND):
        (sid,) = world.twilio.add(status=status, body=TEXT, date_sent=None)
        allowed = status in ("scheduled", "canceled") if action == "cancel" else status not in UNFINISHED
        with subtests.test(status=status):
            if allowed:
                assert update(world, sid, action)["sid"] == sid
            else:
                with pytest.raises(TwilioRejectedError, match=f"the message is {status}") as caught:
                    update(world, sid, action)
                assert caught.value.code == (30409 if action == "cancel" else 20009)
            changed = {"cancel": [("canceled", TEXT)], "redact": [(status, "")], "delete": []}[action]
            assert left(world, sid) == (changed if allowed else [(status, TEXT)])


@pytest.mark.parametrize("action", ["cancel", "redact"])
def test_an_unknown_message_is_not_found(world: World, action: str) -> None:
    with pytest.raises(TwilioNotFoundError, match="code 20404"):
        update(world, "MM" + "b" * 32, action)


def test_deleting_an_unknown_message_succeeds(world: World) -> None:
    sid = "MM" + "b" * 32
    assert update(world, sid, "delete") == {**dict.fromkeys(KEYS), "sid": sid}


@pytest.mark.parametrize("action", CHANGES)
def test_a_lost_answer_is_not_noticed(world: World, subtests: pytest.Subtests, action: str) -> None:
    changing = MATCH[action].partition(" ")[0]
    for loss, accepted in product(LOSSES, (True, False)):
        sid = add(world, action)
        before = len(world.twilio.requests)
        world.twilio.inject(LOSSES[loss](accepted=accepted), match=MATCH[action])
        with subtests.test(loss=loss, accepted=accepted):
            assert update(world, sid, action)["sid"] == sid
            assert left(world, sid) == AFTER[action]
            # Read first; and asked for once more only where the change is not there.
            methods = [request.method for request in world.twilio.requests[before:]]
            assert methods == ([changing, "GET"] if accepted else [changing, "GET", changing])


LONG = pytest.mark.endurance


@pytest.mark.parametrize(
    ("action", "accepted"),
    [
        *[("cancel", False), ("delete", True)],
        *(pytest.param(*case, marks=LONG) for case in [("cancel", True), ("delete", False)]),
        *(pytest.param("redact", accepted, marks=LONG) for accepted in (True, False)),
    ],
)
def test_an_answer_that_does_not_come_is_decided_in_time(world: World, action: str, accepted: bool) -> None:
    sid = add(world, action)
    world.twilio.inject(Fault.Hang(seconds=30, accepted=accepted), times=10, match=MATCH[action])
    if accepted:
        assert update(world, sid, action, seconds=5.0)["sid"] == sid
        assert left(world, sid) == AFTER[action]
    else:
        with pytest.raises(TwilioUnavailableError, match="did not confirm"):
            update(world, sid, action, seconds=5.0)


@pytest.mark.parametrize("action", CHANGES)
def test_a_failure_that_lasts_is_unavailable_and_a_repeat_later_succeeds(world: World, action: str) -> None:
    sid = add(world, action)
    world.twilio.inject(Fault.ServerError(status=503), times=1000)
    with pytest.raises(TwilioUnavailableError):
        update(world, sid, action, seconds=3.5)
    world.twilio.clear_faults()
    assert update(world, sid, action)["sid"] == sid
    assert left(world, sid) == AFTER[action]


@pytest.mark.parametrize("action", ["redact", pytest.param("cancel", marks=LONG), pytest.param("delete", marks=LONG)])
def test_a_change_of_which_nothing_else_is_known_is_unavailable_and_never_unknown(world: World, action: str) -> None:
    sid = add(world, action)
    world.twilio.inject(Fault.Reset(), times=1000, match=MATCH[action])
    with pytest.raises(TwilioUnavailableError, match="did not confirm"):
        update(world, sid, action)
    assert len(world.twilio.messages) == 1


def test_a_lost_cancellation_of_a_text_that_was_sent_meanwhile_says_so(world: World) -> None:
    (sid,) = world.twilio.add(status="sent", body=TEXT)
    world.twilio.inject(Fault.Reset(), times=1000, match="POST /Messages/")
    with pytest.raises(TwilioRejectedError, match="the message is sent") as caught:
        update(world, sid, "cancel")
    assert caught.value.code == 30409


@pytest.mark.parametrize("action", CHANGES)
def test_a_throttled_change_is_repeated(world: World, action: str) -> None:
    sid = add(world, action)
    world.twilio.inject(Fault.Throttle(retry_after=0), match=MATCH[action])
    assert update(world, sid, action)["sid"] == sid
    assert left(world, sid) == AFTER[action]
    world.twilio.inject(Fault.Throttle(retry_after=3600), match=MATCH[action])
    with pytest.raises(TwilioThrottledError):
        update(world, sid, action)


@pytest.mark.parametrize("action", CHANGES)
def test_credentials_that_twilio_refuses_change_nothing(world: World, action: str) -> None:
    sid = add(world, action)
    before = left(world, sid)
    world.put_connection("revoked", {"accountSid": world.twilio.account_sid, "authToken": "0" * 32})
    with pytest.raises(TwilioAuthenticationError):
        update(world, sid, action, connection="revoked")
    assert left(world, sid) == before


@pytest.mark.parametrize("action", CHANGES)
def test_no_error_holds_the_text(world: World, action: str) -> None:
    (sid,) = world.twilio.add(status="queued", body=TEXT, to="+15551234567", date_sent=None)
    with pytest.raises(TwilioConnectorError) as caught:
        update(world, sid, action)
    assert TEXT not in repr(caught.value)
    assert "5551234567" not in repr(caught.value)
