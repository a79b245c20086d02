"""Which seconds a poll reads, what it leaves to the next one, and what it remembers: at a clock that stands still."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.support import poll_world
from tests.support.log_lines import log_lines
from tests.support.poll_fakes import PAGE_SIZE, Faults, Listing, Row
from tests.support.poll_world import MAX_MESSAGES, OVERLAP, POLL_SECONDS, PollWorld
from twilio_connector.bus import publisher
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError
from twilio_connector.listing.budget import MIN_PAGE_SECONDS, QUIET_SECONDS, UNDATED_MEMORY_SECONDS

DAY = 24 * 3600


@pytest.fixture
def polls() -> PollWorld:
    polls = PollWorld()
    polls.begin(Listing())
    return polls


def sid(number: int) -> str:
    return f"SM{number:032x}"


def add(polls: PollWorld, *ago: int) -> None:
    """Add messages that were sent so many seconds *ago*."""
    for seconds in ago:
        sent = polls.now - seconds
        polls.rows.append(Row(sid(len(polls.rows)), sent, sent, 0, sent))


def told(polls: PollWorld) -> dict[str, Any]:
    """What a poll tells in the log."""
    with log_lines() as lines:
        polls.poller(Faults()).poll({})
    told: dict[str, Any] = json.loads(lines[-1])
    return told


def at_and_floor(polls: PollWorld) -> tuple[int, int]:
    """How far the cursor is, and how far back it ever looks, both before now."""
    item = polls.cursor()
    return polls.now - int(item["at"]["N"]), polls.now - int(item["floor"]["N"])


def test_a_poll_ends_at_the_last_complete_second_and_remembers_the_overlap(polls: PollWorld) -> None:
    add(polls, 3, 2, 1, 0)
    # The starting point is the far end of what is looked at, until the overlap has left it behind.
    polls.clock.now += OVERLAP
    assert polls.poll(Faults())["published"] == 4
    assert at_and_floor(polls) == (1, OVERLAP)

    polls.clock.now += DAY
    assert polls.poll(Faults())["published"] == 0
    assert at_and_floor(polls) == (1, OVERLAP)
    assert polls.forgotten_is_gone()


def test_what_was_sent_in_the_second_that_goes_on_is_left_to_the_next_poll(polls: PollWorld) -> None:
    add(polls, 1, 0)
    assert polls.poll(Faults())["published"] == 1
    polls.clock.now += 1
    assert polls.poll(Faults())["published"] == 1


def test_a_second_that_is_read_is_not_read_again_before_another_has_passed(polls: PollWorld) -> None:
    add(polls, 1)
    polls.poll(Faults())
    faults = Faults()
    assert polls.poll(faults)["published"] == 0
    assert faults.counts["page"] == 0


def test_a_poll_tells_how_much_it_listed_published_and_met_again(polls: PollWorld) -> None:
    add(polls, *range(1, 13))
    # Three pages, and the first once more.
    expected = {"listed": 12 + PAGE_SIZE, "published": 12, "suppressed": PAGE_SIZE, "events": 7}
    assert told(polls).items() >= expected.items()

    polls.clock.now += 2
    add(polls, 1)
    expected = {"listed": 13 + PAGE_SIZE, "published": 1, "suppressed": 12 + PAGE_SIZE, "events": 1}
    assert told(polls).items() >= expected.items()


def test_messages_out_of_order_are_counted_over_all_pages(polls: PollWorld) -> None:
    polls.listing.order = "sid"
    add(polls, *range(12, 0, -1))
    polls.poll(Faults())
    # All but the oldest, which is listed first.
    assert polls.out_of_order == 11


def test_as_many_as_the_limit_are_not_truncated_and_one_more_is_left_to_the_next_poll(polls: PollWorld) -> None:
    add(polls, *range(1, MAX_MESSAGES + 1))
    assert polls.poll(Faults())["truncated"] is False

    polls.clock.now += DAY
    add(polls, *range(1, MAX_MESSAGES + 2))
    result = polls.poll(Faults())
    assert (result["published"], result["truncated"]) == (MAX_MESSAGES, True)


def test_a_window_that_was_left_is_drained_and_then_the_one_up_to_now(polls: PollWorld) -> None:
    add(polls, *range(1, 15))
    assert polls.poll(Faults())["published"] == MAX_MESSAGES
    polls.clock.now += DAY
    add(polls, 1)
    assert polls.poll(Faults())["published"] == 3
    assert at_and_floor(polls) == (1, OVERLAP)


def test_a_page_is_begun_with_just_enough_time_for_it(polls: PollWorld) -> None:
    add(polls, *range(1, 13))

    def be_slow() -> None:
        polls.clock.now += POLL_SECONDS - QUIET_SECONDS - MIN_PAGE_SECONDS

    result = polls.poll(Faults({("paged", 1): be_slow}))
    assert (result["published"], result["truncated"]) == (12, False)


def test_a_poll_that_met_nothing_new_before_its_time_was_over_is_gone_on_with(polls: PollWorld) -> None:
    add(polls, *range(1, 11))
    polls.poll(Faults())
    polls.clock.now += 2

    def be_slow() -> None:
        polls.clock.now += POLL_SECONDS - QUIET_SECONDS - 1

    assert polls.poll(Faults({("paged", 1): be_slow}))["truncated"]
    window = polls.cursor()["window"]["M"]
    assert "uri" in window


def test_a_token_kept_of_a_single_second_may_be_refused_once(polls: PollWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise TwilioRejectedError("Twilio answered 400.", status=400, code=21481)

    # Without an overlap the one second that has passed since the poll before is all that there is to be read.
    monkeypatch.setattr(poll_world, "OVERLAP", 0)
    polls.poll(Faults())
    add(polls, *[0] * 20)
    polls.clock.now += 1
    assert polls.poll(Faults())["published"] == MAX_MESSAGES
    assert polls.poll(Faults({("token", 1): refuse}))["published"] == 20 - MAX_MESSAGES
    assert polls.published == {sid(number): 1 for number in range(20)}


def test_a_poll_that_is_killed_is_gone_on_with_at_the_page_that_it_had_come_to(polls: PollWorld) -> None:
    add(polls, *range(1, 13))
    faults = Faults()
    faults.planned["put_events", 3] = faults.kill
    polls.poll(faults)
    assert sum(polls.published.values()) == 2 * PAGE_SIZE
    window = polls.cursor()["window"]["M"]
    assert "uri" in window
    assert window["lowest"] == {"N": str(polls.now - 2 * PAGE_SIZE)}


def test_a_message_that_is_deleted_takes_nothing_of_what_is_remembered_with_it(polls: PollWorld) -> None:
    add(polls, 1, 10)
    assert polls.poll(Faults())["published"] == 2
    # Both stand under the second of the later one.
    del polls.rows[0]
    polls.clock.now += 2
    assert polls.poll(Faults())["published"] == 0


def looked_up(polls: PollWorld) -> list[tuple[str, str]]:
    """Where the bounds of each query of *polls* will stand."""
    query, bounds = polls.dynamodb.query, []

    def looking(**arguments: Any) -> dict[str, Any]:
        values = arguments["ExpressionAttributeValues"]
        bounds.append((values[":low"]["S"], values[":high"]["S"]))
        return query(**arguments)

    polls.dynamodb.query = looking  # type: ignore[method-assign]  # only looked at
    return bounds


def test_pages_in_any_order_take_one_look_up(polls: PollWorld) -> None:
    bounds = looked_up(polls)
    polls.listing.order = "sid"
    add(polls, *range(12, 0, -1))
    polls.poll(Faults())
    assert len(bounds) == 1


def test_a_single_page_is_looked_up_in_its_own_seconds_alone(polls: PollWorld) -> None:
    bounds = looked_up(polls)
    add(polls, 9, 5)
    polls.poll(Faults())
    assert bounds[0] == (f"chunk#{polls.now - 9:011}", f"chunk#{polls.now - 4:011}")


def undated(polls: PollWorld, created: int | None) -> None:
    """Add a message without a date."""
    any_created: Any = created
    polls.rows.append(Row(sid(len(polls.rows)), any_created, None, 0, polls.now))


def test_an_undated_message_is_published_once_without_and_never_with_its_date(polls: PollWorld) -> None:
    undated(polls, polls.now - 40 * 60)
    assert polls.poll(Faults())["published"] == 1
    (item,) = [each for each in polls.dynamodb.items() if each["sk"]["S"].startswith("undated#")]
    assert int(item["expiresAt"]["N"]) == polls.now - 40 * 60 + UNDATED_MEMORY_SECONDS

    for _ in range(2):
        polls.clock.now += 2
        assert polls.poll(Faults())["published"] == 0
        polls.send_undated()
    assert polls.published == Counter({sid(0): 1})


def test_a_message_without_any_date_is_remembered_from_when_it_was_met(polls: PollWorld) -> None:
    undated(polls, None)
    assert polls.poll(Faults())["published"] == 1
    (item,) = [each for each in polls.dynamodb.items() if each["sk"]["S"].startswith("undated#")]
    assert int(item["expiresAt"]["N"]) == polls.now + UNDATED_MEMORY_SECONDS
    assert int(polls.cursor()["undated"]["N"]) == polls.now

    for _ in range(2):
        polls.clock.now += 2
        assert polls.poll(Faults())["published"] == 0
        polls.send_undated()


def test_how_new_the_undated_are_is_never_forgotten(polls: PollWorld) -> None:
    undated(polls, polls.now - 5)
    undated(polls, polls.now - 50)
    polls.poll(Faults())
    newest = polls.now - 5
    assert int(polls.cursor()["undated"]["N"]) == newest
    polls.clock.now += 2
    undated(polls, polls.now - 3600)
    add(polls, 1)
    assert polls.poll(Faults())["published"] == 2
    assert int(polls.cursor()["undated"]["N"]) == newest


@pytest.mark.parametrize("number", range(1, 8))
def test_an_undated_message_that_is_remembered_is_not_published_with_its_date_wherever_the_poll_was_killed(
    polls: PollWorld, number: int
) -> None:
    undated(polls, polls.now - 5)
    faults = Faults()
    faults.planned["dynamodb_done", number] = faults.kill
    polls.poll(faults)
    remembered = any(each["sk"]["S"].startswith("undated#") for each in polls.dynamodb.items())

    polls.clock.now += POLL_SECONDS + 60
    polls.send_undated()
    polls.clock.now += 2
    polls.poll(Faults())
    assert polls.published[sid(0)] == 1 or not remembered


def test_where_the_bus_refuses_a_part_the_window_knows_how_far_what_it_took_reaches(
    polls: PollWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "ENTRIES_PER_CALL", 10)
    add(polls, 1, 3, 5, 7, 9, 11)
    # Two messages an event; two events of the first page are taken.
    with pytest.raises(ServiceUnavailableError, match="EventBridge"):
        polls.poller(Faults(), taken=[2]).poll({})
    assert sum(polls.published.values()) == 4
    assert polls.cursor()["window"]["M"]["span"] == {"N": "6"}
    assert polls.poll(Faults())["published"] == 2


def test_a_poll_that_skips_goes_to_the_last_complete_second_and_leaves_nothing_to_read(polls: PollWorld) -> None:
    add(polls, *range(1, 15))
    assert polls.poll(Faults())["truncated"]
    assert polls.poller(Faults()).poll({"showNewRecords": False})["published"] == 0
    assert at_and_floor(polls) == (1, 0)
    assert polls.cursor()["window"] == {"NULL": True}
    add(polls, 0)
    polls.clock.now += 1
    assert polls.poll(Faults())["published"] == 1


def test_a_poll_that_skips_never_moves_the_cursor_back(polls: PollWorld) -> None:
    add(polls, 1)
    polls.poll(Faults())
    polls.clock.now -= 10
    polls.poller(Faults()).poll({"showNewRecords": False})
    assert at_and_floor(polls) == (-9, -10)


def test_a_start_that_is_skipped_need_not_be_proven_any_more() -> None:
    polls = PollWorld()
    start = "2027-01-15T07:00:00Z"
    assert polls.poller(Faults()).poll({"since": start, "showNewRecords": False})["published"] == 0
    assert "unproven" not in polls.cursor()
