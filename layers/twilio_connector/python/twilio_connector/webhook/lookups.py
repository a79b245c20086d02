"""How many connections that do not exist may be looked up: each is a call of Secrets Manager, at a stranger's will.

Why: docs/decisions.md#2026-11-28-look-ups-of-unknown-connections-cost-from-two-buckets
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

# A second, by process; twice as many in any one second.
FIRST_PER_SECOND, AGAIN_PER_SECOND = 8, 2
# The same of those that Secrets Manager does not answer, of which nothing is known then.
FAILED_PER_SECOND = 4
# Names that were turned away.
MAX_REMEMBERED = 4_096


@dataclass
class _Bucket:
    """Holds the calls of one second, *left* of which were there at *filled_at*."""

    per_second: int
    left: float
    filled_at: float

    def holds_one(self, now: float) -> bool:
        self.left = min(self.per_second, self.left + max(0.0, now - self.filled_at) * self.per_second)
        self.filled_at = now
        return self.left >= 1


class Lookups:
    """Bounds look-ups of names that turn out not to exist; what exists costs nothing here.

    Names at random use up the first bucket alone. A name that comes again after it was turned away is looked up out of
    the second one: so they hide a connection that the process has not met before from one request, not from the next.
    Look-ups that fail have a bucket of their own, because the names may exist: the caller then answers with 503.
    *clock* is monotonic, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first, self._again = (_Bucket(size, size, clock()) for size in (FIRST_PER_SECOND, AGAIN_PER_SECOND))
        self._failed = _Bucket(FAILED_PER_SECOND, FAILED_PER_SECOND, clock())
        self._turned_away: OrderedDict[str, None] = OrderedDict()

    def may_ask(self, name: str) -> bool:
        """Whether *name*, of which nothing is known, may be looked up now."""
        if self._bucket(name).holds_one(self._clock()):
            return True
        self._turned_away[name] = None
        self._turned_away.move_to_end(name)
        while len(self._turned_away) > MAX_REMEMBERED:
            self._turned_away.popitem(last=False)
        return False

    def was_absent(self, name: str) -> None:
        """It was looked up, and does not exist."""
        self._bucket(name).left -= 1
        self._turned_away.pop(name, None)

    def may_fail(self) -> bool:
        """Whether so few look-ups have failed that another one may."""
        return self._failed.holds_one(self._clock())

    def has_failed(self) -> None:
        """One was not answered."""
        self._failed.left -= 1

    def _bucket(self, name: str) -> _Bucket:
        return self._again if name in self._turned_away else self._first
