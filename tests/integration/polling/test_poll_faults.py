"""The poll function when Twilio, the bus, the table or the time fail it: nothing is lost, and nothing repeated."""

import time
from datetime import timedelta

import pytest

from local.twilio_sandbox import Fault
from tests.support.aws_faults import losing_answers
from tests.support.fakes import FakeContext
from tests.support.poll_times import ago, since
from tests.support.world import World
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError, TwilioUnavailableError
from twilio_connector.listing.lease import Lease
from twilio_connector.polling.cursor import Cursor


def test_a_refused_page_token_is_replaced_by_the_saved_instant(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1000"
    sids = world.twilio.add(2500, date_sent=ago(3000), spacing=timedelta(seconds=1))
    world.invoke("poll", since(6000))
    world.twilio.inject(Fault.RefusePageToken(), match="GET /Messages")

    assert [world.invoke("poll", {})["published"] for _ in range(2)] == [1000, 500]
    assert sorted(world.bus.created()) == sorted(sids)


def test_a_page_token_refused_in_the_middle_of_a_poll_does_not_end_it(world: World) -> None:
    sids = world.twilio.add(3500, date_sent=ago(3000), spacing=timedelta(seconds=0.1))
    world.twilio.inject(Fault.RefusePageToken(), times=2, match="GET /Messages")

    assert world.invoke("poll", since(3600))["published"] == 3500
    assert sorted(world.bus.created()) == sorted(sids)


def test_page_tokens_that_are_always_refused_end_a_poll_that_cannot_go_on_without(world: World) -> None:
    sids = world.twilio.add(2500, date_sent=ago(3000))
    world.twilio.inject(Fault.RefusePageToken(), times=1_000, match="GET /Messages")
    with pytest.raises(TwilioRejectedError):
        world.invoke("poll", since(3600))
    assert len(world.twilio.requests) < 10
    world.twilio.clear_faults()

    assert world.invoke("poll", {})["published"] == 1500
    assert sorted(world.bus.created()) == sorted(sids)


def test_answers_of_the_table_that_are_lost_change_nothing(world: World) -> None:
    sids = world.twilio.add(1500, date_sent=ago(3000))
    with losing_answers("UpdateItem"):
        assert world.invoke("poll", since(3600))["published"] == 1500
        assert world.invoke("poll", {})["skipped"] is False
    assert sorted(world.bus.created()) == sorted(sids)


def test_a_poll_that_is_short_of_time_stops_and_the_next_one_resumes(world: World) -> None:
    sids = world.twilio.add(1500, date_sent=ago(3000))

    assert world.invoke("poll", since(3600), FakeContext(seconds=15))["truncated"] is True
    assert world.bus.created() == []
    assert world.invoke("poll", {})["published"] == 1500
    assert sorted(world.bus.created()) == sorted(sids)


def test_entries_that_the_bus_refuses_once_are_sent_again_alone(world: World) -> None:
    world.overrides["MAX_MESSAGES_PER_EVENT"] = "10"
    sids = world.twilio.add(100, date_sent=ago(3000))
    world.bus.refusals = [4]

    assert world.invoke("poll", since(3600))["published"] == 100
    assert sorted(world.bus.created()) == sorted(sids)


def test_what_the_bus_took_before_it_failed_is_not_published_again(world: World) -> None:
    world.overrides["MAX_MESSAGES_PER_EVENT"] = "10"
    sids = world.twilio.add(100, date_sent=ago(3000))
    world.bus.refusals = [4, 4, 4]
    with pytest.raises(ServiceUnavailableError):
        world.invoke("poll", since(3600))
    assert len(world.bus.created()) == 60

    assert world.invoke("poll", {})["published"] == 40
    assert sorted(world.bus.created()) == sorted(sids)


@pytest.mark.parametrize("twilio", [{"null_dates_match_filters": True}], indirect=True)
def test_an_undated_message_that_the_bus_took_before_it_failed_is_not_published_with_its_date(world: World) -> None:
    world.overrides["MAX_MESSAGES_PER_EVENT"] = "1"
    (undated,) = world.twilio.add(1, date_sent=None, status="queued")
    (dated,) = world.twilio.add(1, date_sent=ago(60))
    world.bus.refusals = [1, 1, 1]
    with pytest.raises(ServiceUnavailableError):
        world.invoke("poll", since(600))
    assert world.bus.created() == [undated]

    assert world.invoke("poll", {})["published"] == 1
    world.twilio.update_status(undated, "sent")
    time.sleep(1.1)
    assert world.invoke("poll", {})["published"] == 0
    assert world.bus.created() == [undated, dated]


@pytest.mark.parametrize("twilio", [{"null_dates_match_filters": True}], indirect=True)
def test_an_undated_message_whose_poll_could_not_save_is_not_published_with_its_date(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = Lease.save

    def save_until_something_is_published(lease: Lease[Cursor], cursor: Cursor) -> None:
        if world.bus.entries:
            raise ServiceUnavailableError("DynamoDB refused the request.")
        save(lease, cursor)

    (undated,) = world.twilio.add(1, date_sent=None, status="queued")
    with monkeypatch.context() as patched:
        patched.setattr(Lease, "save", save_until_something_is_published)
        with pytest.raises(ServiceUnavailableError):
            world.invoke("poll", since(600))
    assert world.bus.created() == [undated]

    world.twilio.update_status(undated, "sent")
    time.sleep(1.1)
    assert world.invoke("poll", {})["published"] == 0
    assert world.bus.created() == [undated]


def test_a_failing_twilio_moves_nothing(world: World) -> None:
    sids = world.twilio.add(3, date_sent=ago(3000))
    world.twilio.inject(Fault.ServerError(status=503), times=10, match="GET /Messages")
    with pytest.raises(TwilioUnavailableError):
        world.invoke("poll", since(3600), FakeContext(seconds=25))
    world.twilio.clear_faults()

    assert world.invoke("poll", {})["published"] == 3
    assert sorted(world.bus.created()) == sorted(sids)


def test_a_message_too_large_for_any_event_is_kept_and_blocks_nothing(world: World) -> None:
    huge = world.twilio.add(1, date_sent=ago(60), body="x" * 300_000)
    others = world.twilio.add(2, date_sent=ago(60))

    assert world.invoke("poll", since(600))["truncated"] is False

    assert sorted(world.bus.created()) == sorted(others)
    (kept,) = world.sqs.receive_message(QueueUrl=world.undelivered_url)["Messages"]
    assert huge[0] in kept["Body"]
    assert world.invoke("poll", {})["published"] == 0
