"""The sandbox's status callbacks that go astray: how many, which, and what becomes of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from local.twilio_sandbox.callback_faults import MISHAPS, CallbackFaultPlan, CallbackFaults, Mishap
from local.twilio_sandbox.signing import Webhook
from local.twilio_sandbox.status_callbacks import StatusCallbacks

COURSE = ("queued", "sent", "delivered")
SHARES: dict[str, Any] = dict(zip(MISHAPS, (0.1, 0.2, 0.3, 0.05), strict=True))


class Later:
    """A scheduler whose actions are due when the test says so."""

    def __init__(self) -> None:
        self.due: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.due.append((seconds, action))

    def run(self) -> None:
        while self.due:
            self.due.pop(0)[1]()


class Delivered(list[tuple[str, str]]):
    """SID and status of the callbacks that were delivered, in order."""

    def submit(self, *webhooks: Webhook) -> None:
        self.extend((webhook.params["MessageSid"], webhook.params["MessageStatus"]) for webhook in webhooks)


class World:
    """Callbacks on their way, with faults."""

    def __init__(self, **faults: Any) -> None:
        self.delivered, self.later, self.plan = Delivered(), Later(), CallbackFaultPlan()
        self.plan.use(CallbackFaults(**faults))
        self.callbacks = StatusCallbacks(self.delivered, self.later, self.plan)

    def report(self, sid: str, statuses: Iterable[str] = COURSE) -> None:
        for status in statuses:
            params = {"MessageSid": sid, "MessageStatus": status}
            self.callbacks.submit(Webhook(url="https://hooks.example.com/in", params=params))

    def mishaps(self) -> list[tuple[Mishap, str, str]]:
        return [(each.mishap, each.sid, each.status) for each in self.plan.stray]


def test_without_faults_every_callback_comes_at_once_and_in_order() -> None:
    world = World()
    world.report("SM1")
    assert world.delivered == [("SM1", status) for status in COURSE]
    assert world.mishaps() == []


def test_each_mishap_meets_its_share() -> None:
    world = World(**SHARES)
    for number in range(4000):
        world.report(f"SM{number}", ["delivered"])
    met = Counter(mishap for mishap, _, _ in world.mishaps())
    # Four standard deviations of the largest share.
    assert {mishap: met[mishap] / 4000 for mishap in MISHAPS} == pytest.approx(SHARES, abs=0.03)


def test_the_same_seed_meets_the_same_messages_whatever_their_sids_and_whoever_is_in_between() -> None:
    one, other, seeded = World(**SHARES), World(**SHARES), World(**SHARES, seed=1)
    for number in range(50):
        one.report(f"SM{number}")
        seeded.report(f"SM{number}")
    # The same messages under other SIDs, each status of all of them before the next one.
    for status in COURSE:
        for number in range(50):
            other.report(f"MM{number}", [status])

    def fates(world: World) -> set[tuple[Mishap, str, str]]:
        return {(mishap, sid[2:], status) for mishap, sid, status in world.mishaps()}

    assert fates(one) == fates(other)
    assert fates(one) != fates(seeded)


def test_new_faults_count_the_messages_anew() -> None:
    world = World(lost=0.5)
    for number in range(20):
        world.report(f"SM{number}")
    first = len(world.mishaps())
    world.plan.use(CallbackFaults(lost=0.5))
    for number in range(20):
        world.report(f"SM{number}")
    assert 0 < first < 60
    assert world.mishaps()[first:] == world.mishaps()[:first]


def test_what_is_lost_never_comes() -> None:
    world = World(lost=1)
    world.report("SM1")
    world.later.run()
    world.callbacks.release()
    assert world.delivered == []
    assert world.mishaps() == [("lost", "SM1", status) for status in COURSE]


def test_what_is_doubled_comes_twice() -> None:
    world = World(doubled=1)
    world.report("SM1", ["delivered"])
    assert world.delivered == [("SM1", "delivered")] * 2


def test_what_is_delayed_comes_after_the_delay_and_once() -> None:
    world = World(delayed=1, delay_seconds=30)
    world.report("SM1", ["sent"])
    assert world.delivered == []
    assert [seconds for seconds, _ in world.later.due] == [30]
    world.later.run()
    world.callbacks.release()
    assert world.delivered == [("SM1", "sent")]


def test_what_is_delayed_for_good_comes_when_it_is_released_and_once() -> None:
    world = World(delayed=1, delay_seconds=math.inf)
    world.report("SM1", ["sent"])
    assert (world.delivered, world.later.due) == ([], [])
    world.callbacks.release()
    world.callbacks.release()
    assert world.delivered == [("SM1", "sent")]


def test_what_is_reordered_comes_after_the_next_one_of_its_message_and_once() -> None:
    world = World(reordered=1)
    world.report("SM1", ["sent"])
    world.report("SM2", ["sent"])
    assert world.delivered == []
    world.report("SM1", ["delivered"])
    assert world.delivered == [("SM1", "delivered"), ("SM1", "sent")]
    # Nothing follows that could overtake it.
    world.later.run()
    assert world.delivered[2:] == [("SM2", "sent")]
    # The first one is over: the next one waits again.
    world.report("SM1", ["read"])
    assert len(world.delivered) == 3


@pytest.mark.parametrize(
    "wrong",
    [{"lost": -0.1}, {"doubled": 1.1}, {"lost": 0.6, "delayed": 0.6}, {"lost": math.nan}, {"delay_seconds": -1}],
    ids=["negative", "more than all", "together", "no number", "in the past"],
)
def test_shares_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"callbacks must|delay_seconds must"):
        CallbackFaults(**wrong)  # type: ignore[arg-type]  # seed is none of them


def test_tenths_add_up_to_all() -> None:
    world = World(lost=0.1, delayed=0.2, doubled=0.7)
    for number in range(100):
        world.report(f"SM{number}", ["delivered"])
    assert len(world.mishaps()) == 100
