"""Turns: of what several threads would do at once with the same thing, one after the other."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import TIMEOUT_MAX, Condition


class Turns:
    """Which thread has which names; none waits for one while it has another, so that none waits for ever."""

    def __init__(self) -> None:
        self._had: set[str] = set()
        self._change = Condition()

    @contextmanager
    def of(self, names: Collection[str], seconds: float) -> Iterator[bool]:
        """Have all of *names*, alone; False if that was not to be within so many *seconds*."""
        wanted = frozenset(names)
        with self._change:
            has = self._change.wait_for(lambda: self._had.isdisjoint(wanted), min(seconds, TIMEOUT_MAX))
            if has:
                self._had |= wanted
        try:
            yield has
        finally:
            if has:
                with self._change:
                    self._had -= wanted
                    self._change.notify_all()
