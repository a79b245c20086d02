"""The poll function against the sandbox: what it publishes, once, and what it reports."""

import json
import time
from datetime import timedelta

import pytest

from tests.support.log_lines import log_lines
from tests.support.poll_times import ago, since
from tests.support.world import World
from twilio_connector.errors import InvalidInputError

# How the account's lists are filtered by date: as Twilio does it, and as it documents that.
BY_SECOND_AND_DAY = [{}, pytest.param({"filters_by_day": True}, marks=pytest.mark.endurance)]


@pytest.mark.parametrize("twilio", [{}, {"filters_by_day": True}], indirect=True, ids=["by second", "by day"])
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


@pytest.mark.parametrize("twilio", BY_SECOND_AND_DAY, indirect=True, ids=["by second", "by day"])
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


@pytest.mark.parametrize("twilio", BY_SECOND_AND_DAY, indirect=True, ids=["by second", "by day"])
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


def test_bad_input_is_refused_before_anything_is_read(world: World) -> None:
    events: list[object] = [{"since": "yesterday"}, {"form": "+1555"}, {"showNewRecords": "perhaps"}, {"to": "12"}, []]
    for event in events:
        with pytest.raises(InvalidInputError):
            world.invoke("poll", event)
    assert world.twilio.requests == []
