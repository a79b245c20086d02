"""Histories of invocations, in which the state table fails at one place and then works again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.support.fakes import FakeClock
from tests.support.state_faults import Fault, FaultyTable, Tokens
from tests.support.state_sites import Place
from tests.support.world import TABLE
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.state.table import StateTable


class Outage(NamedTuple):
    """What calls at a *place* meet: *fault*, so many *times* or, if infinite, until it has made an invocation fail."""

    place: Place
    fault: Fault
    times: float


@dataclass
class History:
    """Invocations one after the other, whose table has the client *dynamodb*.

    *places* are where DynamoDB is called from, each with the client's method, *pauses* what is waited before repeats.
    """

    dynamodb: Any
    outages: tuple[Outage, ...] = ()
    clock: FakeClock = field(default_factory=FakeClock)
    places: dict[Place, str] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    met: Counter[Place] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._tokens = Tokens()
        self.plan = {outage.place: (outage.fault, outage.times) for outage in self.outages}

    @contextmanager
    def invocation(self, seconds: float, reserve: float) -> Iterator[tuple[StateTable, Callable[[], int]]]:
        """The state table of one invocation, which has to end in time; and how many faults it has met."""
        began = self.clock.now
        client: Any = FaultyTable(self.dynamodb, self.clock, self._tokens, self.plan)
        until = Deadline.after(seconds - reserve, self.clock)
        yield StateTable(client, TABLE, until, self._sleep, jitter=lambda _, longest: longest), client.met.total
        assert self.clock.now - began <= seconds, "it did not end in time"
        self.places |= {place: operation for place, operation in client.calls if place not in self.places}
        self.met += client.met
        if client.met:
            # What has lasted through an invocation is over by the next one.
            self.plan.clear()

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.now += seconds
