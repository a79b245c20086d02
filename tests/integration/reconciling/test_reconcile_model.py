"""A model of reconciliation, checked by Hypothesis: whatever is lost, late, doubled, refused or killed, two complete
passes leave every consumer with the last status of every outbound message.

DynamoDB is in memory; Twilio and the bus are small fakes that can fail or kill the run at any call. Pages hold five
messages, so that short histories reach every boundary.
"""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.support.histories import RECONCILIATIONS
from tests.support.inline_executor import InlineExecutor
from tests.support.poll_fakes import ORDERS, PAGE_SIZE, Faults, Listing
from tests.support.reconcile_fakes import COURSES, REFUSED_RECIPIENT, LivingRow
from tests.support.reconcile_world import OVERLAP, RUN_SECONDS, ReconcileWorld
from twilio_connector.errors import ServiceUnavailableError, TwilioRejectedError, TwilioUnavailableError
from twilio_connector.invocation.observability import logger
from twilio_connector.listing import pages

WAITS = st.sampled_from([0, 1, OVERLAP // 2, OVERLAP + 10, 400])
KINDS = ["page", "paged", "put_events", "events_put", "dynamodb", "dynamodb_done"]
NUMBERS = st.integers(1, 9)
STEPS = st.sampled_from([1, 2, 7])
# Ten per cent, thirty, and all of them.
LOSSES = {10: (False,) * 9 + (True,), 30: (False,) * 7 + (True,) * 3, 100: (True,)}


def _refuse_token() -> None:
    raise TwilioRejectedError("Twilio answered 400.", status=400, code=21481)


def _refuse() -> None:
    raise TwilioUnavailableError("Twilio answered 503.", status=503)


def _no_service() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


class ReconciliationModel(RuleBasedStateMachine):
    """Histories of messages, callbacks, runs and failures. Invariants hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.world = ReconcileWorld()
        self.lost: tuple[bool, ...] = (True,)

    def teardown(self) -> None:
        world = self.world
        world.listing.refuses_tokens = False
        # Everything comes to rest, and is listed.
        world.clock.now += OVERLAP + 1
        world.arrive([0] * len(world.late_callbacks))
        world.complete_pass()
        world.complete_pass()
        world.redeliver()
        assert not world.unpublished(), "lost for good"
        assert not world.mistaken(), "a consumer believes something else"
        refused = {f"optout:{row.sid}" for row in world.rows if row.error == 21610}
        assert refused <= world.consumer.opted_out.keys()
        # Whatever was remembered of these passes is forgotten once it is out of reach.
        world.clock.now += OVERLAP + 1
        world.complete_pass()
        assert not world.remembered(), "remembered for good"

    @initialize(
        order=st.sampled_from(list(ORDERS)),
        undated_match=st.booleans(),
        by_day=st.booleans(),
        refuses_tokens=st.sampled_from([False, False, True]),
        ahead=st.booleans(),
        loss=st.sampled_from(list(LOSSES)),
    )
    def start(
        self, order: str, undated_match: bool, by_day: bool, refuses_tokens: bool, ahead: bool, loss: int
    ) -> None:
        InlineExecutor.ahead = ahead
        self.lost = LOSSES[loss]
        # Where lists by date leave undated messages out, the list of all times has to show them where it should.
        self.world.listing = Listing(order, undated_match or order not in ("sent", "created"), by_day, refuses_tokens)
        self.world.reconcile(Faults())
        self.world.clock.now += OVERLAP + 1

    @rule(
        count=st.sampled_from([1, 3, 6, 13]),
        course=st.integers(0, len(COURSES)),
        refused=st.booleans(),
        lag=st.sampled_from([0, 0, 0, OVERLAP - 5]),
    )
    def messages_are_created(self, count: int, course: int, refused: bool, lag: int) -> None:
        for _ in range(count):
            self.world.add(course, REFUSED_RECIPIENT if refused else "+15551234567", lag)

    @rule(offset=st.integers(0, 5), step=STEPS, wait=WAITS, doubled=st.booleans())
    def messages_come_to_their_next_status(self, offset: int, step: int, wait: int, doubled: bool) -> None:
        self.world.clock.now += wait
        self.world.advance(self._some(offset, step), self.lost, doubled)

    @rule(offset=st.integers(0, 5), step=st.sampled_from([2, 7]))
    def messages_change_in_something_else(self, offset: int, step: int) -> None:
        self.world.touch(self._some(offset, step))

    @rule(order=st.lists(st.integers(0, 30), min_size=1, max_size=12))
    def callbacks_arrive_in_any_order(self, order: list[int]) -> None:
        self.world.arrive(order)

    @rule(wait=WAITS)
    def a_run_happens(self, wait: int) -> None:
        self._run(wait, Faults())

    @rule(wait=WAITS)
    def a_pass_completes(self, wait: int) -> None:
        self.world.clock.now += wait
        self.world.complete_pass()
        assert all(second >= int(self.world.cursor()["at"]["N"]) for second in self.world.remembered())

    @rule(number=st.integers(1, 6), offset=st.integers(0, 5), step=STEPS, wait=WAITS)
    def messages_change_while_a_run_reads(self, number: int, offset: int, step: int, wait: int) -> None:
        def change() -> None:
            self.world.clock.now += 1
            self.world.advance(self._some(offset, step), self.lost, doubled=False)

        self._run(wait, Faults({("paged", number): change}))

    @rule(kind=st.sampled_from(KINDS), number=NUMBERS, wait=WAITS)
    def a_run_is_killed(self, kind: str, number: int, wait: int) -> None:
        faults = Faults()
        faults.planned[kind, number] = faults.kill
        self._run(wait, faults)

    @rule(kind=st.sampled_from(["page", "dynamodb", "dynamodb_done"]), number=NUMBERS, wait=WAITS)
    def a_run_fails(self, kind: str, number: int, wait: int) -> None:
        self._run(wait, Faults({(kind, number): _refuse if kind == "page" else _no_service}))

    @rule(number=st.integers(1, 6), wait=WAITS)
    def a_run_ends_by_time(self, number: int, wait: int) -> None:
        self._run(wait, Faults({("paged", number): lambda: self._sleep(RUN_SECONDS - 25)}))

    @rule(numbers=st.sets(st.integers(1, 3), min_size=1, max_size=2), wait=WAITS)
    def page_tokens_are_refused(self, numbers: set[int], wait: int) -> None:
        self._run(wait, Faults({("token", number): _refuse_token for number in numbers}))

    @rule(taken=st.lists(st.integers(0, 6), min_size=1, max_size=4), wait=WAITS)
    def the_bus_refuses_events(self, taken: list[int], wait: int) -> None:
        self._run(wait, Faults(), taken)

    @rule()
    def what_the_bus_refused_arrives(self) -> None:
        self.world.redeliver()

    @rule(kind=st.sampled_from(["put_events", "events_put"]), number=NUMBERS)
    def another_run_begins_in_the_middle(self, kind: str, number: int) -> None:
        def interrupt() -> None:
            assert self.world.reconcile(Faults())["skipped"]

        self._run(0, Faults({(kind, number): interrupt}))

    @rule(kind=st.sampled_from(["dynamodb", "dynamodb_done", "events_put"]), number=NUMBERS)
    def a_run_sleeps_past_its_lease_while_another_runs(self, kind: str, number: int) -> None:
        def oversleep() -> None:
            self.world.crashes += 1
            self._sleep(RUN_SECONDS + 60)
            self.world.reconcile(Faults())

        self._run(0, Faults({(kind, number): oversleep}))

    @invariant()
    def no_id_says_two_things(self) -> None:
        assert not self.world.consumer.contradictions

    @invariant()
    def nothing_is_published_again_but_for_a_crash_or_a_change(self) -> None:
        assert self.world.repeated() <= self.world.touches + self.world.crashes * PAGE_SIZE

    @invariant()
    def inbound_messages_are_nobody_s_business(self) -> None:
        assert not any(id_.endswith(":received") for id_ in self.world.consumer.told)

    def _some(self, offset: int, step: int) -> list[LivingRow]:
        return self.world.rows[offset::step]

    def _run(self, wait: int, faults: Faults, taken: list[int] | None = None) -> None:
        self.world.clock.now += wait
        self.world.reconcile(faults, taken or [])

    def _sleep(self, seconds: float) -> None:
        self.world.clock.now += seconds


@pytest.fixture
def _silence() -> Iterator[None]:
    """Nobody reads what thousands of runs log."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("_silence")
@pytest.mark.parametrize(("histories", "first"), RECONCILIATIONS)
def test_two_complete_passes_leave_consumers_with_the_last_status_of_every_message(
    monkeypatch: pytest.MonkeyPatch, histories: int, first: int | None
) -> None:
    # Without a second thread the same history is the same twice.
    monkeypatch.setattr(pages, "ThreadPoolExecutor", InlineExecutor)
    # Each history sets it.
    monkeypatch.setattr(InlineExecutor, "ahead", InlineExecutor.ahead)
    model = type("SeededModel", (ReconciliationModel,), {})
    run_state_machine_as_test(
        model if first is None else seed(first)(model),
        settings=settings(
            max_examples=histories,
            stateful_step_count=25,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
