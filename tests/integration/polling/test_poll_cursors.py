"""Where cursors start, and which polls share one."""

import time
from datetime import datetime

import pytest

from tests.support.poll_times import ago, since
from tests.support.world import World
from twilio_connector.errors import InvalidInputError


def test_first_poll_sets_the_cursor_to_now_and_publishes_nothing(world: World) -> None:
    world.twilio.add(3, date_sent=ago(60))
    before = int(time.time())

    result = world.invoke("poll", {})

    assert result["polledNoChanges"] is True
    assert result["published"] == 0
    assert before <= datetime.fromisoformat(result["cursor"]).timestamp() <= time.time()
    assert world.invoke("poll", {})["published"] == 0
    assert world.bus.entries == []


def test_a_start_in_the_future_is_refused(world: World) -> None:
    with pytest.raises(InvalidInputError, match="future"):
        world.invoke("poll", since(-3600))


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
