"""A managed rotation of each kind of credentials, with traffic at every step: nothing fails and nothing alarms."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.managed_rotation import ApiKeyRotation, AuthTokenRotation, ManagedRotation
from tests.support.metric_lines import emitted
from tests.support.webhook_requests import STATUS, form_event, load_event
from tests.support.world import World

SENDER, RECIPIENT = "+15555551234", "+15551234567"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
# The functions that call Twilio.
CALLERS = 7


def key_beside_token(world: World) -> ManagedRotation:
    """An API key, which is not rotated, and an auth token, which is."""
    key("never")(world)
    return AuthTokenRotation(world, "default/auth-token")


def key(deletion: str) -> Callable[[World], ManagedRotation]:
    """An API key that is rotated, and an auth token that is not."""

    def begin(world: World) -> ManagedRotation:
        world.put_connection("default/auth-token", {"authToken": world.twilio.auth_token})
        return ApiKeyRotation(world, "default", deletion=deletion)

    return begin


ROTATIONS: dict[str, Callable[[World], ManagedRotation]] = {
    "auth token": lambda world: AuthTokenRotation(world, "default"),
    "auth token beside an API key": key_beside_token,
    "API key, deleted before the label moves": key("before"),
    "API key, deleted after the label has moved": key("after"),
    "API key, kept": key("never"),
}


class Traffic:
    """Uses of the connection `default`; *cold* lets each be the first of its process."""

    def __init__(self, world: World, *, cold: bool) -> None:
        self.world, self.cold = world, cold

    def flow(self) -> None:
        """Use it in every way, none of which may fail."""
        text = {"to": RECIPIENT, "from": SENDER, "message": f"Reminder {uuid.uuid4()}"}
        sid = self._invoke("send_sms", text)["data"]["sid"]
        self._send_by_queue(text)
        form = {"To": RECIPIENT, "From": SENDER, "Body": "Raw"}
        assert self._invoke("raw_request", {"url": MESSAGES, "method": "POST", "data": form, "headers": FORM})["data"]
        assert self._invoke("get_sms", {"messageSid": sid})["data"]["sid"] == sid
        assert self._invoke("list_messages", {"limit": 5})["data"]
        assert self._invoke("select_message", {"limit": 5})["result"]
        nobodys = "SM" + "0" * 32
        assert self._invoke("update_message", {"messageSid": nobodys, "action": "delete"})["data"]["sid"] == nobodys
        self._poll()
        status = {**STATUS, "AccountSid": self.world.twilio.account_sid}
        assert self._invoke("webhook", form_event(status, token=self.world.twilio.auth_token))["statusCode"] == 204

    def _poll(self) -> None:
        # By a cursor of its own, so that there is something to ask Twilio.
        to = f"+1555{uuid.uuid4().int % 10_000_000:07}"
        minutes_ago = datetime.now(UTC) - timedelta(minutes=5)
        [sid] = self.world.twilio.add(1, date_sent=minutes_ago + timedelta(minutes=1), to=to)
        assert self._invoke("poll", {"to": to, "since": minutes_ago.isoformat()})["published"] == 1
        assert sid in self.world.bus.created()

    def _send_by_queue(self, text: dict[str, str]) -> None:
        event = load_event("send-queue")
        record = {**event["Records"][0], "messageId": uuid.uuid4().hex, "body": json.dumps(text)}
        assert self._invoke("send_sms", {"Records": [record]}) == {"batchItemFailures": []}

    def _invoke(self, function: str, event: object) -> Any:
        if self.cold:
            self.world.restart()
        return self.world.invoke(function, event)


@pytest.mark.parametrize("cold", [False, pytest.param(True, marks=pytest.mark.endurance)], ids=["warm", "cold"])
@pytest.mark.parametrize("kind", ROTATIONS)
def test_nothing_fails_and_nothing_alarms_at_any_step_of_a_managed_rotation(
    world: World, kind: str, cold: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rotation, traffic = ROTATIONS[kind](world), Traffic(world, cold=cold)
    traffic.flow()
    usual = len(world.twilio.requests)
    for step in rotation.steps():
        step()
        traffic.flow()
    flows = 1 + len(rotation.steps())

    assert len(world.twilio.messages) == 4 * flows
    if not cold:
        # Each process has met one refusal at the most.
        assert len(world.twilio.requests) - flows * usual <= CALLERS
    counted = {name for name, _, _ in emitted(capsys.readouterr().out)}
    assert "Sends" in counted
    assert not counted & {"AuthenticationFailures", "SignatureFailures", "UnexpectedErrors"}
