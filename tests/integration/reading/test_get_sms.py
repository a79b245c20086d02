"""The function get_sms against the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.world import World
from twilio_connector.errors import TwilioNotFoundError, TwilioResponseError, TwilioUnavailableError

SENT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def test_a_message_is_fetched_by_its_sid(world: World) -> None:
    (sid,) = world.twilio.add(date_sent=SENT, body="Hello", status="delivered")

    message = world.invoke("get_sms", {"messageSid": f" {sid} "})["data"]

    assert (message["sid"], message["body"], message["status"]) == (sid, "Hello", "delivered")
    assert datetime.fromisoformat(message["dateSent"]) == SENT
    assert message["dateSent"].endswith(".000Z")
    assert len(message) == 20


def test_a_message_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(TwilioNotFoundError, match="code 20404") as caught:
        world.invoke("get_sms", {"messageSid": "MM" + "b" * 32})
    assert (caught.value.status, caught.value.code) == (404, 20404)


@pytest.mark.parametrize("fault", [Fault.ServerError(status=503), Fault.Reset(), Fault.Throttle(retry_after=0)])
def test_a_failure_that_passes_is_not_noticed(world: World, fault: Any) -> None:
    (sid,) = world.twilio.add()
    world.twilio.inject(fault, match="GET /Messages")
    assert world.invoke("get_sms", {"messageSid": sid})["data"]["sid"] == sid
    assert len(world.twilio.requests) == 2


def test_a_failure_that_lasts_is_unavailable(world: World) -> None:
    world.twilio.inject(Fault.ServerError(status=503), times=10, match="GET /Messages")
    with pytest.raises(TwilioUnavailableError, match="503"):
        world.invoke("get_sms", {"messageSid": "SM" + "b" * 32}, FakeContext(seconds=3.5))


def test_an_answer_that_does_not_come_is_unavailable_in_time(world: World) -> None:
    world.twilio.inject(Fault.Hang(seconds=30), times=10, match="GET /Messages")
    with pytest.raises(TwilioUnavailableError, match="did not answer"):
        world.invoke("get_sms", {"messageSid": "SM" + "b" * 32}, FakeContext(seconds=2.5))


def test_an_answer_cut_short_is_unreadable(world: World) -> None:
    (sid,) = world.twilio.add()
    world.twilio.inject(Fault.Garbage(), match="GET /Messages")
    with pytest.raises(TwilioResponseError, match="not a JSON object"):
        world.invoke("get_sms", {"messageSid": sid})
