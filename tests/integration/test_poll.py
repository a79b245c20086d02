"""The poll function against the sandbox: what it publishes, and when."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes import FakeContext
from tests.integration.world import World
from tests.local.twilio_sandbox import Fault
from tests.log_lines import log_lines
from twilio_connector.cursors import Lease
from twilio_connector.errors import InvalidInputError, ServiceUnavailableError, TwilioUnavailableError
from twilio_connector.windows import Cursor


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def since(seconds: float) -> dict[str, str]:
    return {"since": ago(seconds).isoformat()}


def test_first_poll_sets_the_cursor_to_now_and_publishes_nothing(world: World) -> None:
    world.twilio.add(3, date_sent=ago(60))
    before = int(time.time())

    result = world.invoke("poll", {})

    assert result["polledNoChanges"] is True
    assert result["published"] == 0
    assert before <= datetime.fromisoformat(result["cursor"]).timestamp() <= time.time()
    assert world.invoke("poll", {})["published"] == 0
    assert world.bus.entries == []


def test_backfill_publishes_everything_since_the_given_instant_once(world: World) -> None:
    world.twilio.add(5, date_sent=ago(7200))
    sids = world.twilio.add(250, date_sent=ago(3000), spacing=timedelta(seconds=1))

    result = world.invoke("poll", since(3600))

    assert sorted(world.bus.created()) == sorted(sids)
    assert result | {"cursor": ""} == {
        "polledNoChanges": False,
        "published": 250,
        "events": 3,
        "truncated": False,
        "cursor": "",
        "skipped": False,
    }
    assert world.invoke("poll", since(3600))["published"] == 0
    assert len(world.bus.created()) == 250


def test_a_burst_beyond_the_limit_arrives_in_full_over_several_polls(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1500"
    sids = world.twilio.add(4000, date_sent=ago(3000))

    results = [world.invoke("poll", since(3600)) for _ in range(3)]

    assert [result["published"] for result in results] == [1500, 1500, 1000]
    assert [result["truncated"] for result in results] == [True, True, False]
    assert sorted(world.bus.created()) == sorted(sids)


def test_exactly_the_limit_is_not_truncated(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "2000"
    world.twilio.add(2000, date_sent=ago(3000))

    result = world.invoke("poll", since(3600))

    assert (result["published"], result["truncated"]) == (2000, False)


def test_messages_that_appear_late_are_published_and_nothing_else_twice(world: World) -> None:
    early = world.twilio.add(10, date_sent=ago(100))
    late = world.twilio.add(3, date_sent=ago(101), listed=False)
    assert world.invoke("poll", since(3600))["published"] == 10

    world.twilio.reveal(*late)
    time.sleep(1.1)  # The next window needs a complete second of its own.

    assert world.invoke("poll", {})["published"] == 3
    assert sorted(world.bus.created()) == sorted([*early, *late])


@pytest.mark.parametrize(
    "twilio",
    [{"null_dates_match_filters": True, "null_dates_first": first} for first in (True, False)],
    indirect=True,
)
def test_an_undated_message_is_published_once_before_and_not_after_it_gets_its_date(world: World) -> None:
    (sid,) = world.twilio.add(1, date_sent=None, status="queued")
    assert world.invoke("poll", since(3600))["published"] == 1

    world.twilio.update_status(sid, "sent")
    time.sleep(1.1)

    assert world.invoke("poll", {})["published"] == 0
    assert world.bus.created() == [sid]


def test_a_refused_page_token_is_replaced_by_the_saved_instant(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1000"
    sids = world.twilio.add(2500, date_sent=ago(3000), spacing=timedelta(seconds=1))
    world.invoke("poll", since(6000))
    world.twilio.inject(Fault.RefusePageToken(), match="GET /Messages")

    assert [world.invoke("poll", {})["published"] for _ in range(2)] == [1000, 500]
    assert sorted(world.bus.created()) == sorted(sids)


def test_a_poll_that_is_short_of_time_stops_and_the_next_one_resumes(world: World) -> None:
    sids = world.twilio.add(1500, date_sent=ago(3000))

    assert world.invoke("poll", since(3600), FakeContext(seconds=15))["truncated"] is True
    assert world.bus.created() == []
    assert world.invoke("poll", {})["published"] == 1500
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

    def save_until_something_is_published(lease: Lease, cursor: Cursor) -> None:
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


def test_another_overlap_repeats_nothing_even_if_it_comes_in_the_middle_of_a_window(world: World) -> None:
    world.overrides |= {"POLL_OVERLAP_SECONDS": "10", "POLL_MAX_MESSAGES": "1000"}
    sids = world.twilio.add(1500, date_sent=ago(155), spacing=timedelta(seconds=0.1))
    assert world.invoke("poll", since(600))["truncated"]

    world.overrides["POLL_OVERLAP_SECONDS"] = "300"
    world.restart()
    for _ in range(3):
        world.invoke("poll", {})
        time.sleep(1.1)

    assert sorted(world.bus.created()) == sorted(sids)


def test_a_start_in_the_future_is_refused(world: World) -> None:
    with pytest.raises(InvalidInputError, match="future"):
        world.invoke("poll", since(-3600))


def test_entries_that_the_bus_refuses_once_are_sent_again_alone(world: World) -> None:
    world.overrides["MAX_MESSAGES_PER_EVENT"] = "10"
    sids = world.twilio.add(100, date_sent=ago(3000))
    world.bus.refusals = [4]

    assert world.invoke("poll", since(3600))["published"] == 100
    assert sorted(world.bus.created()) == sorted(sids)


def test_a_failing_twilio_moves_nothing(world: World) -> None:
    sids = world.twilio.add(3, date_sent=ago(3000))
    world.twilio.inject(Fault.ServerError(status=503), times=10, match="GET /Messages")
    with pytest.raises(TwilioUnavailableError):
        world.invoke("poll", since(3600), FakeContext(seconds=25))
    world.twilio.clear_faults()

    assert world.invoke("poll", {})["published"] == 3
    assert sorted(world.bus.created()) == sorted(sids)


def test_show_new_records_false_moves_the_cursor_past_what_is_there(world: World) -> None:
    world.invoke("poll", since(3600))
    world.twilio.add(3, date_sent=ago(5))
    time.sleep(1.1)

    assert world.invoke("poll", {"showNewRecords": "false"})["published"] == 0
    assert world.invoke("poll", {})["published"] == 0


def test_filters_have_cursors_of_their_own_whatever_their_spelling(world: World) -> None:
    world.twilio.add(2, date_sent=ago(60), from_="+15558675309")
    world.twilio.add(3, date_sent=ago(60), from_="+15550009999")

    assert world.invoke("poll", {"from": "(555) 867-5309", **since(600)})["published"] == 2
    assert world.invoke("poll", {"from": "+15558675309", **since(600)})["published"] == 0
    assert world.invoke("poll", since(600))["published"] == 5


def test_schedules_of_several_connections_share_the_function(world: World) -> None:
    sids = world.twilio.add(3, date_sent=ago(60))
    key = {"apiKeySid": world.twilio.api_key_sid, "apiKeySecret": world.twilio.api_key_secret}
    world.put_connection("second", {"accountSid": world.twilio.account_sid, **key})

    assert world.invoke("poll", since(600))["published"] == 3
    assert world.invoke("poll", {"connection": "second", **since(600)})["published"] == 3
    assert world.invoke("poll", {"connection": "second"})["published"] == 0

    details = world.bus.details("New and Updated Records")
    assert [detail["connection"] for detail in details] == ["default", "second"]
    assert sorted(world.bus.created()) == sorted(sids * 2)


def test_a_start_before_what_twilio_lists_is_moved_there(world: World) -> None:
    sids = world.twilio.add(2, date_sent=ago(399 * 24 * 3600))

    result = world.invoke("poll", {"since": "2001-01-01T00:00:00Z"})

    assert result["published"] == 2
    assert sorted(world.bus.created()) == sorted(sids)


def test_nothing_sent_before_the_starting_point_is_published_even_if_it_appears_late(world: World) -> None:
    late = world.twilio.add(2, date_sent=ago(100), listed=False)
    world.invoke("poll", since(50))
    world.twilio.reveal(*late)
    time.sleep(1.1)

    assert world.invoke("poll", {})["published"] == 0


def test_a_message_too_large_for_any_event_is_kept_and_blocks_nothing(world: World) -> None:
    huge = world.twilio.add(1, date_sent=ago(60), body="x" * 300_000)
    others = world.twilio.add(2, date_sent=ago(60))

    assert world.invoke("poll", since(600))["truncated"] is False

    assert sorted(world.bus.created()) == sorted(others)
    (kept,) = world.sqs.receive_message(QueueUrl=world.undelivered_url)["Messages"]
    assert huge[0] in kept["Body"]
    assert world.invoke("poll", {})["published"] == 0


def test_a_poll_tells_in_one_line_what_it_did(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1000"
    world.twilio.add(1500, date_sent=ago(3000), body="a private text")

    with log_lines() as lines:
        world.invoke("poll", since(3600))

    (line,) = [json.loads(line) for line in lines]
    assert line["level"] == "WARNING"
    assert (line["published"], line["suppressed"], line["events"]) == (1000, 0, 10)
    assert 3500 < line["lag_seconds"] < 3700
    assert "private" not in lines[0]


def test_a_page_token_refused_in_the_middle_of_a_poll_does_not_end_it(world: World) -> None:
    sids = world.twilio.add(3500, date_sent=ago(3000), spacing=timedelta(seconds=0.1))
    world.twilio.inject(Fault.RefusePageToken(), times=2, match="GET /Messages")

    assert world.invoke("poll", since(3600))["published"] == 3500
    assert sorted(world.bus.created()) == sorted(sids)


def test_bad_input_is_refused_before_anything_is_read(world: World) -> None:
    events: list[object] = [{"since": "yesterday"}, {"form": "+1555"}, {"showNewRecords": "perhaps"}, {"to": "12"}, []]
    for event in events:
        with pytest.raises(InvalidInputError):
            world.invoke("poll", event)
    assert world.twilio.requests == []
