"""How much time an invocation has left."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class LambdaContext(Protocol):
    """The part of Lambda's context object that the connector uses."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation."""


@dataclass(frozen=True)
class Deadline:
    """A moment on a monotonic clock, in seconds, after which nothing is started any more."""

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """The deadline that is *seconds* from now."""
        return cls(clock() + seconds, clock)

    @classmethod
    def of(cls, context: LambdaContext, reserve: float) -> "Deadline":
        """The deadline of the invocation, *reserve* seconds before Lambda ends it."""
        return cls.after(context.get_remaining_time_in_millis() / 1000 - reserve)

    def later(self, seconds: float) -> "Deadline":
        """The deadline that is *seconds* after this one."""
        return Deadline(self.at + seconds, self.clock)

    def within(self, seconds: float) -> "Deadline":
        """This deadline, or that in *seconds* from now if it is earlier."""
        return Deadline(min(self.at, self.clock() + seconds), self.clock)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock())
