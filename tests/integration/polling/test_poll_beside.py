"""What a poll does side by side ends with it, and what it looks up at once is bounded."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.busy_bus import PATIENCE, BusyBus, pool_threads
from tests.support.fakes import FakeBus, FakeClock, refused
from tests.support.inline_executor import InlineFlights, ShuffledExecutor, without_threads
from tests.support.locked_dynamodb import LockedDynamoDB
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.poll_fakes import PAGE_SIZE, Faults, Listing, Row
from tests.support.poll_times import ago, since
from tests.support.poll_world import OVERLAP, POLL_SECONDS, PollWorld
from tests.support.world import TABLE, World
from twilio_connector.bus import publisher
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.listing import memory as memories
from twilio_connector.listing.budget import MIN_PAGE_SECONDS, QUIET_SECONDS
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.listing.sid_set import SID_BYTES
from twilio_connector.state.table import StateTable


def rows_of_seconds(polls: PollWorld, count: int) -> list[Row]:
    """So many messages, two seconds apart, the last of them a second ago."""
    seconds = range(polls.now - 1, polls.now - 1 - 2 * count, -2)
    return [Row(f"SM{number:032x}", sent, sent, sent, sent) for number, sent in enumerate(seconds)]


def test_the_calls_of_a_page_are_made_side_by_side_eight_at_most(world: World) -> None:
    world.overrides["MAX_MESSAGES_PER_EVENT"] = "1"
    bus = world.bus = BusyBus(together=8)
    # Each of 16 calls holds ten of them.
    sids = world.twilio.add(160, date_sent=ago(60))

    assert world.invoke("poll", since(600))["published"] == 160

    assert bus.most == 8
    assert sorted(bus.created()) == sorted(sids)


class RefusingBus(FakeBus):
    """A bus of four calls, of which it refuses the first two for good, and then takes the others."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.tries: Counter[str] = Counter()
        self.at_once = 0
        self._together = threading.Barrier(4)
        self._refused = threading.Event()
        self._lock = threading.Lock()

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        call = Entries[0]["Detail"]
        with self._lock:
            self.at_once += 1
            self.tries[call] += 1
            if self.tries[call] == 1:
                self.calls.append(call)
        try:
            if self.tries[call] == 1:
                self._together.wait(PATIENCE)
            if call in self.calls[:2]:
                if self.tries[call] == 3:
                    self._refused.set()
                raise refused("InternalFailure")
            assert self._refused.wait(PATIENCE)
            with self._lock:
                return super().put_events(Entries=Entries)
        finally:
            with self._lock:
                self.at_once -= 1


def test_no_thread_outlives_a_poll_that_the_bus_fails_and_what_it_took_meanwhile_is_remembered(world: World) -> None:
    world.overrides["MAX_MESSAGES_PER_EVENT"] = "1"
    sids = world.twilio.add(40, date_sent=ago(60))
    bus = world.bus = RefusingBus()
    with pytest.raises(ServiceUnavailableError):
        world.invoke("poll", since(600))

    assert bus.at_once == 0
    assert pool_threads() == []
    assert len(bus.created()) == 20
    world.restart()
    world.bus = FakeBus()
    assert world.invoke("poll", {})["published"] == 20
    assert Counter(bus.created() + world.bus.created()) == Counter(sids)


def test_no_thread_outlives_a_poll_that_is_done_or_truncated(world: World) -> None:
    world.overrides["POLL_MAX_MESSAGES"] = "1100"
    world.twilio.add(2_500, date_sent=ago(60))

    assert [world.invoke("poll", since(600))["published"] for _ in range(3)] == [1_100, 1_100, 300]

    assert pool_threads() == []


@dataclass
class Chunks:
    """Chunks of a cursor's memory in DynamoDB, by second; each holds one SID of that second and of those before."""

    dynamodb: Any = field(default_factory=MemoryDynamoDB)

    def memory(self) -> PublishedMemory:
        """The memory of a new process."""
        return PublishedMemory(StateTable(self.dynamodb, TABLE, Deadline.after(60)), "poll#default##")


def known_bytes(memory: PublishedMemory) -> int:
    return sum(map(len, memory._known._buckets))


RANGES = st.tuples(st.integers(0, 60), st.integers(0, 60), st.none() | st.integers(0, 60))


@given(
    st.lists(st.integers(0, 60), max_size=25), st.lists(RANGES, min_size=1, max_size=6), st.integers(0, 5 * SID_BYTES)
)
@settings(max_examples=150, deadline=None)
def test_what_is_asked_for_is_known_however_much_is_looked_up_with_it(
    seconds: list[int], ranges: list[tuple[int, int, int | None]], ahead: int
) -> None:
    chunks = Chunks(MemoryDynamoDB(page_items=3))
    for number, second in enumerate(seconds):
        chunks.memory().remember([f"SM{number}"], second, 0)
    memory = chunks.memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memories, "AHEAD_BYTES", ahead)
        for one, other, down_to in ranges:
            oldest, newest = sorted((one, other))
            memory.load(oldest, newest, down_to)
            for number, second in enumerate(seconds):
                assert f"SM{number}" in memory or not oldest <= second <= newest


def test_a_page_on_its_way_to_the_table_stays_known_whatever_is_looked_up() -> None:
    memory = Chunks(MemoryDynamoDB()).memory()
    memory.load(10, 20)
    memory.know(["SM1"], [])
    memory.load(40, 50)
    assert "SM1" in memory


class CountingDynamoDB(LockedDynamoDB):
    """Counts calls by their operation."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return super().__getattr__(name)


def test_what_is_looked_up_with_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = Chunks(CountingDynamoDB())
    for second in range(100):
        chunks.memory().remember([f"SM{second}-{number}" for number in range(10)], second, 0)
    memory = chunks.memory()
    monkeypatch.setattr(memories, "AHEAD_BYTES", 300 * SID_BYTES)

    memory.load(90, 99, down_to=0)

    assert known_bytes(memory) == 300 * SID_BYTES
    chunks.dynamodb.calls.clear()
    for oldest in range(89, 69, -1):
        memory.load(oldest, oldest + 1, down_to=0)
    assert not chunks.dynamodb.calls
    memory.load(60, 70, down_to=0)
    assert known_bytes(memory) == 600 * SID_BYTES


def test_a_window_of_many_pages_takes_one_look_up() -> None:
    polls = PollWorld()
    dynamodb: Any = CountingDynamoDB()
    polls.dynamodb = dynamodb
    polls.begin(Listing())
    polls.rows += rows_of_seconds(polls, 12)
    dynamodb.calls.clear()

    assert polls.poll(Faults())["published"] == 12

    # For three pages, each of which is remembered.
    assert (dynamodb.calls["query"], dynamodb.calls["put_item"]) == (1, 3)


def test_a_window_of_one_page_looks_up_no_more_than_that_page_can_meet() -> None:
    polls = PollWorld()
    polls.begin(Listing())
    sent = polls.now - 1
    polls.rows.append(Row(f"SM{0:032x}", sent, sent, sent, sent))
    asked: list[str] = []
    query = polls.dynamodb.query

    def asking(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments["ExpressionAttributeValues"][":low"]["S"])
        return query(**arguments)

    polls.dynamodb.query = asking  # type: ignore[method-assign]  # only looked at
    assert polls.poll(Faults())["published"] == 1

    assert asked[0] == f"chunk#{sent:011}"


class TickingClock(FakeClock):
    """A clock that goes on by a second when it is read."""

    def __call__(self) -> float:
        """The time."""
        self.now += 1
        return self.now


def test_the_page_that_tells_whether_twilio_lists_so_far_back_is_the_first_one(world: World) -> None:
    # A second passes at each look at the clock.
    world.clock = TickingClock(time.time())
    world.twilio.add(10, date_sent=ago(60))

    assert world.invoke("poll", since(600))["published"] == 10

    assert len([request for request in world.twilio.requests if request.method == "GET"]) == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.endurance) for seed in (1, 2))])
@pytest.mark.parametrize("flies_at_once", [True, False])
@pytest.mark.parametrize("kind", ["put_events", "events_put", "dynamodb", "dynamodb_done", "page", "paged"])
def test_wherever_a_poll_of_three_pages_is_killed_nothing_is_lost_and_a_page_repeated(
    monkeypatch: pytest.MonkeyPatch, kind: str, flies_at_once: bool, seed: int
) -> None:
    monkeypatch.setattr(publisher, "ENTRIES_PER_CALL", 1)
    monkeypatch.setattr(InlineFlights, "ahead", flies_at_once)
    monkeypatch.setattr(ShuffledExecutor, "seed", seed)
    killed = 0
    for number in range(1, 100):
        polls = PollWorld()
        polls.begin(Listing())
        polls.rows += rows_of_seconds(polls, 12)
        # What is lost now is out of the next window's reach.
        polls.clock.now += 2 * OVERLAP
        faults = Faults()
        faults.planned[kind, number] = faults.kill
        with without_threads():
            polls.poll(faults)
            if not faults.dead:
                break
            killed += 1
            polls.settle()
        assert not polls.unpublished()
        assert sum(polls.published.values()) <= len(polls.rows) + PAGE_SIZE
    assert killed >= 3


@dataclass
class WritingDown(Faults):
    """No faults, but the kinds of *steps*."""

    steps: list[str] = field(default_factory=list)

    def reach(self, kind: str) -> None:
        """As Faults."""
        super().reach(kind)
        if kind in ("put_events", "events_put"):
            self.steps.append(kind)


class LoggedDynamoDB(LockedDynamoDB):
    """Adds the names of calls to *steps*."""

    def __init__(self, steps: list[str]) -> None:
        super().__init__()
        self.steps = steps

    def __getattr__(self, name: str) -> Any:
        self.steps.append(name)
        return super().__getattr__(name)


def test_each_page_is_published_then_remembered_then_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "ENTRIES_PER_CALL", 1)
    polls, faults = PollWorld(), WritingDown()
    dynamodb: Any = LoggedDynamoDB(faults.steps)
    polls.dynamodb = dynamodb
    polls.begin(Listing())
    polls.rows += rows_of_seconds(polls, 12)
    faults.steps.clear()

    assert polls.poll(faults)["published"] == 12

    # The lease is taken; all calls of a page have ended when it is remembered; the cursor moves, the lease is released.
    steps = [step for step in faults.steps if step not in ("query", "get_item")]
    pages = [3, 3, 1]
    expected = ["update_item"]
    for calls in pages:
        expected += [*["put_events", "events_put"] * calls, "put_item", "update_item"]
    assert len(steps) == len(expected) + 2
    at = 1
    for calls in pages:
        assert Counter(steps[at : at + 2 * calls]) == Counter(put_events=calls, events_put=calls)
        assert steps[at + 2 * calls : at + 2 * calls + 2] == ["put_item", "update_item"]
        at += 2 * calls + 2
    assert steps[at:] == ["update_item", "update_item"]


def test_a_page_that_is_packed_while_time_runs_out_is_left_to_the_next_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InlineFlights, "ahead", False)
    polls = PollWorld()
    polls.begin(Listing())
    polls.rows += rows_of_seconds(polls, 12)

    def be_slow() -> None:
        # There is time left to publish, but not for a page.
        polls.clock.now += POLL_SECONDS - QUIET_SECONDS - MIN_PAGE_SECONDS + 1

    with without_threads():
        result = polls.poll(Faults({("put_events", 1): be_slow}))

    assert (result["published"], result["truncated"]) == (PAGE_SIZE, True)
    assert sum(polls.published.values()) == PAGE_SIZE


def test_the_place_that_is_saved_knows_how_far_the_chunks_of_its_window_reach() -> None:
    polls = PollWorld()
    polls.begin(Listing(order="created"))
    polls.rows += rows_of_seconds(polls, 14)
    for row, created in zip(polls.rows, (0, 7, 1, 8, 2, 9, 3, 10, 4, 11, 5, 12, 6, 13), strict=True):
        row.created = polls.now - created

    assert polls.poll(Faults())["truncated"]

    # Of the second page, those that were created seven and six seconds ago were sent 22 seconds apart.
    assert int(polls.cursor()["window"]["M"]["span"]["N"]) == 22
