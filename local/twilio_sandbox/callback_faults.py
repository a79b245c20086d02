"""Status callbacks that go astray: a share of them, the same ones for the same messages and seed.

Twilio promises neither that each callback arrives nor their order:
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

import math
import random
import threading
from dataclasses import dataclass, fields
from typing import Literal

from local.twilio_sandbox.signing import Webhook

Mishap = Literal["lost", "delayed", "doubled", "reordered"]
MISHAPS: tuple[Mishap, ...] = ("lost", "delayed", "doubled", "reordered")


@dataclass(frozen=True, kw_only=True)
class CallbackFaults:
    """Shares of status callbacks, from 0 to 1 and together at most 1, that meet a mishap; no callback meets two.

    A `delayed` callback comes `delay_seconds` later (`math.inf`: with `release_callbacks`). A `reordered` one waits for
    the next callback of its message, but not longer than that. `seed` decides which callbacks meet a mishap.
    """

    lost: float = 0
    delayed: float = 0
    doubled: float = 0
    reordered: float = 0
    delay_seconds: float = 1
    seed: int = 0

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        # Each bound is checked by itself: a comparison with NaN is never true.
        if not all(0 <= given[mishap] <= 1 for mishap in MISHAPS):
            raise ValueError("a share of callbacks must lie between 0 and 1")
        # Tenths do not add up exactly.
        if math.fsum(given[mishap] for mishap in MISHAPS) > 1 + 1e-9:
            raise ValueError("the shares of callbacks must be 1 at most, together")
        if not self.delay_seconds >= 0:
            raise ValueError("delay_seconds must be 0 or more")

    def mishap_of(self, message: int, status: str, occurrence: int) -> Mishap | None:
        """The mishap of a callback, by the message's number, the status, and how often the message had it."""
        drawn = random.Random(f"{self.seed}/{message}/{status}/{occurrence}").random()
        for mishap in MISHAPS:
            drawn -= getattr(self, mishap)
            if drawn < 0:
                return mishap
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayCallback:
    """A status callback that a mishap met."""

    mishap: Mishap
    sid: str
    """The message's SID."""
    status: str


class CallbackFaultPlan:
    """The faults in force for the callbacks of all accounts, and what they met; thread-safe.

    Messages count in the order of their first callbacks since the faults came into force.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stray: list[StrayCallback] = []
        self.use(CallbackFaults())

    def use(self, faults: CallbackFaults) -> None:
        """Apply these faults to the callbacks from now on, and count the messages from the beginning."""
        with self._lock:
            self._faults = faults
            self._numbers: dict[str, int] = {}
            self._occurrences: dict[tuple[str, str], int] = {}

    @property
    def delay_seconds(self) -> float:
        """How long a callback is held back."""
        return self._faults.delay_seconds

    @property
    def stray(self) -> list[StrayCallback]:
        """A copy of the callbacks that went astray so far."""
        with self._lock:
            return list(self._stray)

    def draw(self, webhook: Webhook) -> Mishap | None:
        """Decide what meets a status callback."""
        sid, status = webhook.params["MessageSid"], webhook.params["MessageStatus"]
        with self._lock:
            number = self._numbers.setdefault(sid, len(self._numbers))
            occurrence = self._occurrences.get((sid, status), 0)
            self._occurrences[sid, status] = occurrence + 1
            mishap = self._faults.mishap_of(number, status, occurrence)
            if mishap:
                self._stray.append(StrayCallback(mishap=mishap, sid=sid, status=status))
            return mishap
