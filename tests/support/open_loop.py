"""Offering things at given instants, whatever becomes of those before: an open loop."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Offered:
    """How many were offered over so many seconds, and the most seconds that one of them came later than it should."""

    count: int
    seconds: float
    latest: float

    @property
    def a_second(self) -> float:
        """The mean rate."""
        return self.count / self.seconds


def offer(beginning: float, instants: Sequence[float], seconds: float, act: Callable[[float], object]) -> Offered:
    """Call *act* at each of the instants, and return once *seconds* are over; both count from *beginning*.

    *beginning* is a moment of the monotonic clock, and so is the argument of *act*: when it should have been called.
    Late calls are made as fast as *act* returns.
    """
    latest = 0.0
    for instant in instants:
        wait_for(beginning + instant)
        latest = max(latest, time.monotonic() - beginning - instant)
        act(beginning + instant)
    wait_for(beginning + seconds)
    return Offered(len(instants), time.monotonic() - beginning, latest)


def wait_for(moment: float) -> None:
    """Return at that moment of the monotonic clock, or at once if it is over."""
    if (left := moment - time.monotonic()) > 0:
        threading.Event().wait(left)
