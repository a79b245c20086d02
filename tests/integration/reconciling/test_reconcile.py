"""Reconciliations against the sandbox: which statuses are published, as what, and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from local.schemas import validate_detail
from local.twilio_sandbox import Fault
from local.twilio_sandbox.webhook_params import status_callback_params
from tests.support.aws_faults import refusing
from tests.support.busy_bus import BusyBus, pool_threads
from tests.support.fakes import FakeClock, FakeContext
from tests.support.poll_times import ago, since
from tests.support.webhook_requests import form_event
from tests.support.world import World
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.errors import ServiceUnavailableError, TwilioResponseError

FAILED_TO = "+15005550008"
NOTHING = {"published": 0, "events": 0, "truncated": False, "skipped": False}
# Those of the callback that a list does not have.
OF_CALLBACKS_ALONE = {"SmsSid", "SmsStatus", "RawDlrDoneDate"}


def change(world: World, *sids: str, status: str = "delivered") -> None:
    for sid in sids:
        world.twilio.update_status(sid, status)


def published(world: World) -> list[str]:
    return [detail["id"] for detail in world.bus.details(STATUS_UPDATED)]


def test_the_first_run_publishes_nothing_and_later_ones_what_has_changed_since(world: World) -> None:
    old, changed = world.twilio.add(2, date_sent=ago(7200), status="sent")
    world.twilio.add(1, date_sent=ago(7200), direction="inbound", status="received")
    first = world.invoke("reconcile", {})
    assert NOTHING.items() <= first.items()
    assert abs(datetime.fromisoformat(first["cursor"]) - datetime.now(UTC)) < timedelta(seconds=10)

    change(world, changed)
    result = world.invoke("reconcile", {})
    assert (result["published"], result["events"], result["truncated"]) == (1, 1, False)
    assert published(world) == [f"{changed}:delivered"]
    assert old not in str(world.bus.entries)
    assert NOTHING.items() <= world.invoke("reconcile", {}).items()


def test_since_asks_for_what_changed_before_and_counts_for_the_first_run_alone(world: World) -> None:
    sids = world.twilio.add(3, date_sent=ago(600), status="undelivered")
    assert world.invoke("reconcile", since(1200))["published"] == 3
    assert world.invoke("reconcile", since(2400))["published"] == 0
    assert sorted(published(world)) == sorted(f"{sid}:undelivered" for sid in sids)


def test_the_look_back_ends_where_the_input_says(world: World) -> None:
    (inside,) = world.twilio.add(1, date_sent=ago(3500), status="sent")
    world.twilio.add(1, date_sent=ago(3700), status="sent")
    assert world.invoke("reconcile", {"lookBackHours": "1", **since(7200)})["published"] == 1
    assert published(world) == [f"{inside}:sent"]


@pytest.mark.parametrize("status", ["delivered", "undelivered", "failed"])
def test_the_event_is_what_the_webhook_makes_of_the_callback(world: World, status: str) -> None:
    to = {"undelivered": "+15005550005", "failed": FAILED_TO}.get(status, "+15551234567")
    (sid,) = world.twilio.add(1, date_sent=ago(60), status="queued", to=to)
    change(world, sid, status=status)
    message = next(one for one in world.twilio.messages if one.sid == sid)
    callback = form_event(status_callback_params(message), token=world.twilio.auth_token)
    assert world.invoke("webhook", callback)["statusCode"] == 204
    assert world.invoke("reconcile", since(600))["published"] == 1

    by_webhook, by_list = world.bus.details(STATUS_UPDATED)
    validate_detail(STATUS_UPDATED, by_list)
    assert (by_webhook["origin"], by_list["origin"]) == ("webhook", "reconciliation")
    for name in ("id", "statusRank", "connection", "accountSid"):
        assert by_list[name] == by_webhook[name]
    told = by_list["body"]["data"]
    error = {"ErrorMessage": told["ErrorMessage"]} if status != "delivered" else {}
    expected = {name: value for name, value in by_webhook["body"]["data"].items() if name not in OF_CALLBACKS_ALONE}
    assert told == expected | error


def test_a_message_refused_to_who_opted_out_tells_of_that_as_its_callback_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {FAILED_TO: ("failed", 21610, "Attempt to send to unsubscribed recipient")}
    monkeypatch.setattr("local.twilio_sandbox.lifecycle.FINAL_FAILURES", refused)
    (sid,) = world.twilio.add(1, date_sent=ago(60), status="queued", to=FAILED_TO)
    change(world, sid, status="failed")
    message = next(one for one in world.twilio.messages if one.sid == sid)
    world.invoke("webhook", form_event(status_callback_params(message), token=world.twilio.auth_token))
    result = world.invoke("reconcile", since(600))
    assert (result["published"], result["events"]) == (1, 2)
    by_webhook, by_list = ({**each, "receivedAt": ""} for each in world.bus.details("Recipient Opted Out"))
    assert by_list == by_webhook


@pytest.mark.parametrize(
    "twilio",
    [{"null_dates_match_filters": True}, {"null_dates_first": True}, {"null_dates_first": False}],
    indirect=True,
    ids=["in lists by date", "at the top", "at the end"],
)
def test_a_message_that_fails_before_it_has_a_date_is_found_however_lists_treat_it(world: World) -> None:
    world.twilio.add(3, date_sent=ago(600))
    world.invoke("reconcile", {})
    (failed,) = world.twilio.add(1, date_sent=None, status="queued")
    change(world, failed, status="failed")
    assert world.invoke("reconcile", {})["published"] == 1
    assert world.invoke("reconcile", {})["published"] == 0
    assert published(world) == [f"{failed}:failed"]


def test_a_run_that_is_short_of_time_is_gone_on_with_and_its_pass_keeps_its_first_instant(world: World) -> None:
    world.twilio.add(1, date_sent=ago(600))
    world.clock = FakeClock(datetime.now(UTC).timestamp())
    begun = int(world.clock.now)
    assert world.invoke("reconcile", since(1200), FakeContext(seconds=30))["truncated"]
    world.clock.now += 3000
    done = world.invoke("reconcile", {})
    assert (done["published"], done["truncated"]) == (1, False)
    assert datetime.fromisoformat(done["cursor"]).timestamp() == begun - 300


def test_nothing_is_saved_before_twilio_has_given_a_page(world: World) -> None:
    world.twilio.add(1, date_sent=ago(60))
    world.twilio.inject(Fault.Garbage(), match="GET /Messages")
    with pytest.raises(TwilioResponseError):
        world.invoke("reconcile", since(30))
    world.twilio.clear_faults()
    assert world.invoke("reconcile", since(600))["published"] == 1


def test_what_the_bus_refuses_waits_in_the_undelivered_queue(world: World) -> None:
    world.twilio.add(10, date_sent=ago(60))
    # The call and its two repeats.
    world.bus.refusals = [3, 3, 3]
    assert world.invoke("reconcile", since(600))["published"] == 10
    waiting = world.sqs.receive_message(QueueUrl=world.undelivered_url, MaxNumberOfMessages=10)["Messages"]
    assert (len(published(world)), len(waiting)) == (7, 3)


def test_what_the_bus_took_is_published_once_although_bus_and_queue_refuse_the_rest(world: World) -> None:
    world.twilio.add(10, date_sent=ago(60))
    world.bus.refusals = [3, 3, 3]
    with refusing("SendMessageBatch", "InternalError"), pytest.raises(ServiceUnavailableError) as raised:
        world.invoke("reconcile", since(600))
    # By the name that Lambda gives as its type.
    assert raised.type is ServiceUnavailableError
    assert len(published(world)) == 7
    assert world.invoke("reconcile", since(600))["published"] == 3
    assert len(set(published(world))) == len(published(world)) == 10


def test_the_calls_of_a_page_are_made_side_by_side_eight_at_most(world: World) -> None:
    bus = world.bus = BusyBus(together=8)
    # Each of 16 calls holds ten of them.
    world.twilio.add(160, date_sent=ago(60))
    assert world.invoke("reconcile", since(600))["published"] == 160
    assert (bus.most, len(published(world)), pool_threads()) == (8, 160, [])


def test_runs_of_other_filters_have_cursors_of_their_own(world: World) -> None:
    world.twilio.add(1, date_sent=ago(60), from_="+15550001111")
    world.twilio.add(1, date_sent=ago(60), from_="+15550002222")
    assert world.invoke("reconcile", {"from": "(555) 000-1111", **since(600)})["published"] == 1
    assert world.invoke("reconcile", since(600))["published"] == 2
    keys = {item["pk"]["S"] for item in world.items() if item["sk"]["S"] == "cursor"}
    assert keys == {"reconcile#default##", "reconcile#default#+15550001111#"}
