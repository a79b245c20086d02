"""Rotations as Hypothesis invents them: a request succeeds whenever the current or the pending credentials would."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rotating_secret import OTHER_ACCOUNT, RotatingSecret, basic
from twilio_connector.connections.spacing import MAX_PAUSE_SECONDS


class History:
    """What happens to one secret, at Twilio and in a process, and what is known of it."""

    def __init__(self) -> None:
        self.rotating = RotatingSecret()
        self.current, self.pending, self.previous = "first", "", ""
        self.numbers = count()
        # What ever was current or pending, of this account.
        self.usable = {"first"}
        self.vain_at = float("-inf")

    def create(self) -> None:
        self.pending = self._new()
        self.rotating.put("AWSPENDING", basic(self.pending))

    def create_for_another_account(self) -> None:
        self.pending = ""
        self.rotating.put("AWSPENDING", basic(f"foreign-{next(self.numbers)}", OTHER_ACCOUNT))

    def take_both(self) -> None:
        self.rotating.taken |= {self.pending or self.current}

    def promote(self) -> None:
        self.rotating.taken = {self.pending or self.current}

    def refuse_pending(self) -> None:
        self.rotating.taken -= {self.pending}

    def revoke(self) -> None:
        self.rotating.taken = set()

    def finish(self) -> None:
        if self.pending:
            self._relabel(self.pending, self.current)
            self.pending = ""

    def roll_back(self) -> None:
        if self.previous:
            self._relabel(self.previous, self.current)

    def call_off(self) -> None:
        self.pending = ""
        self.rotating.put("AWSPENDING", "{}")

    def correct(self) -> None:
        self._relabel(self._new(), self.current)
        self.rotating.taken = {self.current}

    def restart(self) -> None:
        self.rotating.start()
        self.vain_at = float("-inf")

    def wait_a_little(self) -> None:
        self.rotating.clock.now += 10

    def wait_long(self) -> None:
        self.rotating.clock.now += 200

    def request(self) -> None:
        rotating = self.rotating
        succeeded = rotating.request()
        assert set(rotating.tried) <= self.usable
        assert len(rotating.tried) == len(set(rotating.tried)) <= 3
        if succeeded:
            assert rotating.tried[-1] in rotating.taken
            assert rotating.reads_of(3) == 0
            assert len(rotating.tried) == 1
        else:
            pauses = rotating.clock.now < self.vain_at + MAX_PAUSE_SECONDS
            assert pauses or not {self.current, self.pending} & rotating.taken
            self.vain_at = rotating.clock.now

    def _new(self) -> str:
        name = f"token-{next(self.numbers)}"
        self.usable.add(name)
        return name

    def _relabel(self, current: str, previous: str) -> None:
        self.rotating.put("AWSCURRENT", basic(current))
        self.rotating.put("AWSPREVIOUS", basic(previous))
        self.current, self.previous = current, previous


STEPS: list[Callable[[History], Any]] = [
    History.create,
    History.create_for_another_account,
    History.take_both,
    History.promote,
    History.refuse_pending,
    History.revoke,
    History.finish,
    History.roll_back,
    History.call_off,
    History.correct,
    History.restart,
    History.wait_a_little,
    History.wait_long,
]


@pytest.mark.parametrize("examples", [200, pytest.param(2_000, marks=pytest.mark.endurance)])
def test_requests_succeed_whenever_the_current_or_the_pending_credentials_would(examples: int) -> None:
    @given(st.lists(st.sampled_from(STEPS), max_size=25))
    @settings(max_examples=examples, deadline=None)
    def holds(steps: list[Callable[[History], Any]]) -> None:
        history = History()
        history.request()
        for step in steps:
            step(history)
            history.request()

    holds()
