"""A model of polling, checked by Hypothesis: whatever arrives, moves, fails, dies or runs at once, nothing is lost.

DynamoDB is in memory; Twilio and the bus are small fakes that can fail or kill the poll at any call. Sizes are scaled
down (pages of 5, polls of 12 messages), so that short histories reach every boundary.
"""

import hashlib
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.histories import POLLS
from tests.support.inline_executor import InlineExecutor, InlineFlights, ShuffledExecutor, without_threads
from tests.support.poll_fakes import ORDERS, PAGE_SIZE, Faults, Listing, Row
from tests.support.poll_world import OVERLAP, POLL_SECONDS, PollWorld
from twilio_connector.bus import publisher
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError, TwilioUnavailableError
from twilio_connector.invocation.observability import logger

# What passes before a poll: nothing, a complete second, more than the overlap.
WAITS = st.sampled_from([0, 2, OVERLAP + 10, 400])
KINDS = ["page", "paged", "put_events", "events_put", "dynamodb", "dynamodb_done"]
NUMBERS = st.integers(1, 8)


def _refuse_token() -> None:
    raise TwilioRejectedError("Twilio answered 400.", status=400, code=21481)


def _refuse() -> None:
    raise TwilioUnavailableError("Twilio answered 503.", status=503)


def _no_service() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


class PollingModel(RuleBasedStateMachine):
    """Histories of arrivals, polls and failures. Invariants hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.world = PollWorld()

    def teardown(self) -> None:
        self.world.settle()
        assert not self.world.unpublished(), "lost for good"
        assert self.world.forgotten_is_gone(), "remembered for good"

    @initialize(
        order=st.sampled_from(list(ORDERS)),
        undated_match=st.booleans(),
        by_day=st.booleans(),
        refuses_tokens=st.sampled_from([False, False, True]),
        ahead=st.booleans(),
        flies_at_once=st.booleans(),
        calls=st.integers(0, 23),
        entries=st.sampled_from([1, 1, 10]),
    )
    def start(
        self,
        order: str,
        undated_match: bool,
        by_day: bool,
        refuses_tokens: bool,
        ahead: bool,
        flies_at_once: bool,
        calls: int,
        entries: int,
    ) -> None:
        InlineExecutor.ahead = ahead
        InlineFlights.ahead = flies_at_once
        ShuffledExecutor.seed = calls
        # A page has three events at most: as many calls, which are made side by side, or one.
        publisher.ENTRIES_PER_CALL = entries
        self.world.begin(Listing(order, undated_match, by_day, refuses_tokens))

    # A long code sends one message a second, and a scheduled one is created days before.
    @rule(
        count=st.sampled_from([1, 4, 6, 13, 40]),
        spread=st.sampled_from([0, 1, 20]),
        queued=st.sampled_from([0, 0, 3, 1800]),
    )
    def messages_are_sent(self, count: int, spread: int, queued: int) -> None:
        for number in range(count):
            sent = max(self.world.origin, self.world.now - (number * spread // count))
            # The first half of them waited, the second half was sent at once.
            self._add(created=sent - (queued if 2 * number < count else 0), sent=sent)

    @rule(count=st.integers(1, 3), lag=st.integers(1, OVERLAP - 5))
    def messages_are_sent_and_listed_late(self, count: int, lag: int) -> None:
        for _ in range(count):
            self._add(created=self.world.now, sent=self.world.now, lag=lag)

    @rule()
    def a_message_is_scheduled(self) -> None:
        self._add(created=self.world.now, sent=None)

    @rule()
    def undated_messages_are_sent(self) -> None:
        self.world.send_undated()

    @rule(offset=st.integers(0, 5), step=st.sampled_from([1, 2, 7]))
    def messages_change(self, offset: int, step: int) -> None:
        self.world.change(offset, step)

    @rule(wait=WAITS)
    def a_poll_runs(self, wait: int) -> None:
        self._poll(wait, Faults())

    @rule(wait=WAITS)
    def polls_run_until_none_is_truncated(self, wait: int) -> None:
        self.world.clock.now += wait
        while self.world.poll(Faults())["truncated"]:
            pass

    @rule(number=st.integers(1, 6), offset=st.integers(0, 5), step=st.sampled_from([1, 2, 7]), wait=WAITS)
    def messages_change_while_a_poll_runs(self, number: int, offset: int, step: int, wait: int) -> None:
        self._poll(wait, Faults({("paged", number): lambda: self.world.change(offset, step)}))

    @rule(number=st.integers(1, 6), wait=WAITS)
    def undated_messages_are_sent_while_a_poll_runs(self, number: int, wait: int) -> None:
        self._poll(wait, Faults({("paged", number): self.world.send_undated}))

    @rule(kind=st.sampled_from(KINDS), number=NUMBERS, wait=WAITS)
    def a_poll_is_killed(self, kind: str, number: int, wait: int) -> None:
        faults = Faults()
        faults.planned[kind, number] = faults.kill
        self._poll(wait, faults)

    @rule(kind=st.sampled_from(["page", "dynamodb", "dynamodb_done"]), number=NUMBERS, wait=WAITS)
    def a_poll_fails(self, kind: str, number: int, wait: int) -> None:
        self._poll(wait, Faults({(kind, number): _refuse if kind == "page" else _no_service}))

    @rule(number=st.integers(1, 6), wait=WAITS)
    def a_poll_runs_out_of_time(self, number: int, wait: int) -> None:
        self._poll(wait, Faults({("paged", number): lambda: self._sleep(POLL_SECONDS - 15)}))

    @rule(number=st.integers(1, 6), wait=WAITS)
    def time_runs_out_while_a_page_is_published(self, number: int, wait: int) -> None:
        crashes = self.world.crashes
        self._poll(wait, Faults({("put_events", number): lambda: self._sleep(POLL_SECONDS - 9)}))
        # What the bus took is remembered, so this does not excuse a repeat.
        self.world.crashes = min(self.world.crashes, crashes)

    @rule(numbers=st.sets(st.integers(1, 3), min_size=1, max_size=2), wait=WAITS)
    def page_tokens_are_refused(self, numbers: set[int], wait: int) -> None:
        self._poll(wait, Faults({("token", number): _refuse_token for number in numbers}))

    @rule(taken=st.lists(st.integers(0, 3), min_size=1, max_size=4), wait=WAITS)
    def the_bus_refuses_events(self, taken: list[int], wait: int) -> None:
        crashes = self.world.crashes
        self._poll(wait, Faults(), taken)
        # What the bus took is remembered, so this does not excuse a repeat.
        self.world.crashes = min(self.world.crashes, crashes)

    @rule(kind=st.sampled_from(["put_events", "events_put", "dynamodb", "dynamodb_done"]), number=NUMBERS)
    def another_poll_runs_in_the_middle(self, kind: str, number: int) -> None:
        def interrupt() -> None:
            # Around DynamoDB's first and last call the lease is free; while events are published it never is.
            assert self.world.poll(Faults())["skipped"] or "dynamodb" in kind

        self._poll(0, Faults({(kind, number): interrupt}))

    @rule(kind=st.sampled_from(["dynamodb", "dynamodb_done", "events_put"]), number=NUMBERS)
    def a_poll_sleeps_past_its_lease_while_another_runs(self, kind: str, number: int) -> None:
        def oversleep() -> None:
            # To the others, a poll that has not ended by then has crashed.
            self.world.crashes += 1
            self._sleep(POLL_SECONDS + 60)
            self.world.poll(Faults())

        self._poll(0, Faults({(kind, number): oversleep}))

    @precondition(lambda self: self.world.listing.order == "sent")
    @rule()
    def the_version_before_has_left_the_window(self) -> None:
        self.world.store_as_the_version_before()

    @invariant()
    def nothing_is_published_twice_without_a_crash(self) -> None:
        assert self.world.repeated_now() <= self.world.crashes * PAGE_SIZE

    @invariant()
    def the_cursor_has_passed_nothing_unpublished(self) -> None:
        assert not self.world.passed_unpublished()

    @invariant()
    def nothing_listed_lies_unpublished_below_the_next_window(self) -> None:
        assert not self.world.out_of_reach_unpublished()

    @invariant()
    def a_poll_that_was_not_truncated_has_published_what_was_listed_when_it_began(self) -> None:
        assert not self.world.left_by_finished_polls

    @invariant()
    def twilios_documented_order_is_never_taken_for_another(self) -> None:
        assert self.world.listing.order != "sent" or not self.world.out_of_order

    @invariant()
    def the_state_is_bounded(self) -> None:
        items = list(self.world.dynamodb.items())
        undated = [item for item in items if item["sk"]["S"].startswith("undated#")]
        assert len(undated) <= len(self.world.rows)
        assert all(len(item["sids"]["B"]) <= PAGE_SIZE * 16 for item in items if "sids" in item)

    def _add(self, created: int, sent: int | None, lag: int = 0) -> None:
        rows = self.world.rows
        sid = "SM" + hashlib.sha256(str(len(rows)).encode()).hexdigest()[:32]
        rows.append(Row(sid, created, sent, self.world.now + lag, self.world.now, self.world.next_move()))

    def _poll(self, wait: int, faults: Faults, taken: list[int] | None = None) -> None:
        self.world.clock.now += wait
        self.world.poll(faults, taken or [])

    def _sleep(self, seconds: float) -> None:
        self.world.clock.now += seconds


@pytest.fixture
def _silence() -> Iterator[None]:
    """Nobody reads what thousands of polls log."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("_silence")
@pytest.mark.parametrize(("histories", "first"), POLLS)
def test_polling_loses_nothing_and_repeats_nothing(
    monkeypatch: pytest.MonkeyPatch, histories: int, first: int | None
) -> None:
    # Each history sets it.
    monkeypatch.setattr(publisher, "ENTRIES_PER_CALL", publisher.ENTRIES_PER_CALL)
    model = type("SeededModel", (PollingModel,), {})
    with without_threads():
        run_state_machine_as_test(
            model if first is None else seed(first)(model),
            settings=settings(
                max_examples=histories,
                stateful_step_count=25,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert (InlineExecutor.ahead, InlineFlights.ahead, ShuffledExecutor.seed) == (True, True, 0)
