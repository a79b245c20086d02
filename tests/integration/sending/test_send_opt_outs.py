"""A recipient who opted out: an event in addition to the send's outcome, which it never changes."""

import json
from typing import Any

import pytest

from tests.support.fakes import TIMED_OUT, FakeContext
from tests.support.sqs_events import sqs_event
from tests.support.world import World
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import TwilioOptedOutError, TwilioRejectedError
from twilio_connector.sending.budget import MIN_KEEP_SECONDS, MIN_TELL_SECONDS

OPTED_OUT = "Recipient Opted Out"
SERVICE = "MG" + "1" * 32
INPUT = {"to": "(500) 555-0004", "from": "(555) 555-1234", "message": "Hello from Acme!"}


def send(world: World, event: dict[str, Any], seconds: float = 60) -> None:
    """Send directly, which fails as it has to."""
    with pytest.raises(TwilioOptedOutError, match="21610"):
        world.invoke("send_sms", event, FakeContext(seconds))


def kept(world: World) -> list[str]:
    """The detail-types in the undelivered queue."""
    found = world.sqs.receive_message(QueueUrl=world.undelivered_url, MaxNumberOfMessages=10).get("Messages", [])
    return [UndeliveredQueue.parse(message["Body"]).detail_type for message in found]


def break_queue(world: World) -> None:
    world.overrides["UNDELIVERED_QUEUE_URL"] = world.undelivered_url + "-that-is-gone"


@pytest.mark.parametrize("way", ["direct", "queue"])
@pytest.mark.parametrize(
    ("change", "sender", "service"), [({}, "+15555551234", None), ({"messagingServiceSid": SERVICE}, None, SERVICE)]
)
def test_an_answer_tells_whose_and_of_which_sender(
    world: World, way: str, change: dict[str, str], sender: str | None, service: str | None
) -> None:
    event = {name: value for name, value in {**INPUT, **change}.items() if not (service and name == "from")}
    if way == "direct":
        send(world, event)
    else:
        assert world.invoke("send_sms", sqs_event(event)) == {"batchItemFailures": []}
        assert len(world.bus.details("Message Send Failed")) == 1
    (detail,) = world.bus.details(OPTED_OUT)
    assert detail["body"]["data"] == {
        "recipient": "+15005550004",
        "sender": sender,
        "messagingServiceSid": service,
        "reason": "21610",
        "inferred": False,
        "messageSid": None,
    }
    assert (detail["connection"], detail["accountSid"]) == ("default", world.twilio.account_sid)


def test_a_day_s_refusals_of_one_pair_are_one_event_whichever_way_they_went(world: World) -> None:
    send(world, INPUT)
    send(world, {**INPUT, "message": "Another", "to": "+15005550004"})
    world.invoke("send_sms", sqs_event(INPUT, {**INPUT, "from": "+15555550000"}))
    ids = [detail["id"] for detail in world.bus.details(OPTED_OUT)]
    # Around midnight there are the ids of two days.
    assert len(ids) == 4
    assert ids[0] == ids[1] or ids[1] == ids[2]
    assert ids[2] != ids[3]
    assert not any(digits in each for each in ids for digits in ("5005550004", "5555551234"))


def test_other_failures_and_successes_tell_of_none(world: World) -> None:
    with pytest.raises(TwilioRejectedError):
        world.invoke("send_sms", {**INPUT, "to": "+15005550001"})
    world.invoke("send_sms", {**INPUT, "to": "+15551234567"})
    world.invoke("send_sms", sqs_event({**INPUT, "to": "+15005550001"}, {**INPUT, "to": "+15551234567"}, "{"))
    assert world.bus.details(OPTED_OUT) == []


def test_a_direct_send_that_meets_no_opt_out_needs_neither_bus_nor_queue(world: World) -> None:
    for name in ("EVENT_BUS_NAME", "UNDELIVERED_QUEUE_URL"):
        world.overrides[name] = ""
    assert world.invoke("send_sms", {**INPUT, "to": "+15551234567"})["data"]["sid"]
    send(world, INPUT)


def test_what_the_bus_refuses_of_a_direct_send_waits_in_the_queue(world: World) -> None:
    world.bus.failure = TIMED_OUT
    send(world, INPUT)
    assert kept(world) == [OPTED_OUT]


@pytest.mark.parametrize("failure", [TIMED_OUT, ValueError("what nobody thought of")], ids=["time-out", "defect"])
def test_a_direct_caller_hears_of_the_opt_out_whatever_becomes_of_its_event(world: World, failure: Exception) -> None:
    world.bus.failure = failure
    break_queue(world)
    send(world, INPUT)
    assert world.bus.entries == []


@pytest.mark.parametrize(
    ("seconds", "published", "waiting"), [(MIN_TELL_SECONDS + 1, 1, 0), (MIN_KEEP_SECONDS + 1, 0, 1)]
)
def test_where_time_is_short_it_is_kept_at_once(world: World, seconds: float, published: int, waiting: int) -> None:
    send(world, INPUT, seconds)
    assert (len(world.bus.details(OPTED_OUT)), len(kept(world))) == (published, waiting)


@pytest.mark.parametrize("refusals", [[1, 1, 1], [2, 2, 2]])
def test_the_queue_s_answer_is_the_same_whatever_becomes_of_the_event(world: World, refusals: list[int]) -> None:
    world.bus.refusals = refusals
    assert world.invoke("send_sms", sqs_event(INPUT)) == {"batchItemFailures": []}
    told = [entry["DetailType"] for entry in world.bus.entries] + kept(world)
    assert sorted(told) == ["Message Send Failed", OPTED_OUT]


def test_an_opt_out_that_can_be_stored_nowhere_does_not_send_the_record_back(world: World) -> None:
    world.bus.refusals = [1, 1, 1]
    break_queue(world)
    assert world.invoke("send_sms", sqs_event(INPUT)) == {"batchItemFailures": []}
    assert [entry["DetailType"] for entry in world.bus.entries] == ["Message Send Failed"]


def test_an_outcome_that_can_be_stored_nowhere_still_does(world: World) -> None:
    world.bus.failure = TIMED_OUT
    break_queue(world)
    assert world.invoke("send_sms", sqs_event(INPUT)) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_an_input_too_large_for_the_bus_tells_of_it_once(world: World) -> None:
    # Tabs take twice their bytes in JSON, and nothing of them is sent.
    assert world.invoke(
        "send_sms", sqs_event({**INPUT, "idempotencyKey": "k", "mediaUrl": None, "sendAt": "\t" * 150_000})
    )
    (failed,) = world.bus.details("Message Send Failed")
    assert failed["body"]["data"]["input"] is None
    assert failed["body"]["data"]["error"]["type"] == "TwilioOptedOutError"
    assert len(world.bus.details(OPTED_OUT)) == 1


def test_no_number_of_it_is_in_the_log(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.bus.failure = TIMED_OUT
    break_queue(world)
    send(world, INPUT)
    printed = capsys.readouterr().out
    assert printed
    assert "5005550004" not in printed
    assert "555-0004" not in printed
    assert json.dumps(INPUT["message"]) not in printed
