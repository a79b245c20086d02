"""How often a process looks again for credentials that it could not find, or not read."""

import time
from collections.abc import Callable
from threading import Lock

MAX_PAUSE_SECONDS = 30.0


class Spacing:
    """Spaces out vain attempts, by name: two at once, then after pauses of 1, 3, 7, 15 and, from there on, 30 seconds.

    So a secret that has just been corrected is used at once, and one that stays wrong costs next to nothing.
    Attempts that several threads make in parallel count as one. *clock* gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # How many attempts in a row were in vain, and when the last one was.
        self._vain: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def is_due(self, name: str) -> bool:
        """Whether another attempt may be made."""
        vain, last = self._vain.get(name, (0, 0.0))
        return not vain or self._clock() >= last + min(2.0 ** (vain - 1) - 1, MAX_PAUSE_SECONDS)

    def in_vain(self, name: str) -> int:
        """How many attempts in a row were in vain; each begins with this."""
        return self._vain.get(name, (0, 0.0))[0]

    def failed(self, name: str, in_vain: int) -> None:
        """Count a vain attempt that began after so many others, unless a parallel one has been counted."""
        with self._lock:
            if self.in_vain(name) == in_vain:
                self._vain[name] = (in_vain + 1, self._clock())

    def succeeded(self, name: str) -> None:
        """The next attempt may be made at once."""
        with self._lock:
            self._vain.pop(name, None)
