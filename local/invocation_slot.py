"""Where an invocation waits for the runtime, and its caller for the answer."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class RuntimeEndedError(Exception):
    """The runtime ended without an answer."""


class RuntimeTooSlowError(Exception):
    """The runtime did not ask for an invocation, or did not answer it, in the time that it had."""


@dataclass(frozen=True)
class Invocation:
    """What the runtime is to do: `event` is JSON; its deadline is `timeout_ms` after the runtime gets it."""

    request_id: str
    function_arn: str
    event: bytes
    timeout_ms: int


@dataclass(frozen=True)
class Answer:
    """The function's result or, if it `failed`, Lambda's `{"errorType", "errorMessage", "stackTrace", …}`.

    `came` is its time by the monotonic clock.
    """

    document: Any
    failed: bool
    came: float


class InvocationSlot:
    """Room for one invocation of one runtime; thread-safe.

    `asked_at` is when the runtime asked for its first invocation, `handed_out_at` when it got its last one. Both are
    times of the monotonic clock, None until that happens.
    """

    def __init__(self) -> None:
        self.asked_at: float | None = None
        self.handed_out_at: float | None = None
        self._changed = threading.Condition()
        self._pending: Invocation | None = None
        self._answer: Answer | None = None
        self._is_asked = False
        self._ended = False

    def exchange(self, invocation: Invocation, start_seconds: float) -> Answer:
        """Waits `start_seconds` for the runtime to take the invocation, then the invocation's own time for the answer.

        A failed initialisation is an answer too. Raises RuntimeTooSlowError, and RuntimeEndedError if the runtime ends.
        """
        with self._changed:
            self._pending, self.handed_out_at = invocation, None
            self._changed.notify_all()
            self._wait_for(lambda: self.handed_out_at or self._answer, start_seconds)
            self._wait_for(lambda: self._answer, invocation.timeout_ms / 1000)
            answer, self._answer = self._answer, None
            assert answer is not None
            return answer

    def wait_until_asked(self, seconds: float) -> None:
        """Waits until the runtime asks for an invocation: its start, or the invocation before, is over.

        Raises RuntimeTooSlowError and RuntimeEndedError.
        """
        with self._changed:
            self._wait_for(lambda: self._is_asked, seconds)

    def next(self) -> Invocation | None:
        """The next invocation, as soon as there is one; None once the runtime has ended."""
        with self._changed:
            self.asked_at = self.asked_at or time.monotonic()
            self._is_asked = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._pending or self._ended)
            self._is_asked = False
            invocation, self._pending = self._pending, None
            if invocation:
                self.handed_out_at = time.monotonic()
                self._changed.notify_all()
            return invocation

    def answer(self, answer: Answer) -> None:
        """Saves the runtime's answer."""
        with self._changed:
            self._answer = answer
            self._changed.notify_all()

    def end(self) -> None:
        """Ends all waits, for an invocation or for an answer: none will come any more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _wait_for(self, condition: Callable[[], object], seconds: float) -> None:
        if not self._changed.wait_for(lambda: condition() or self._ended, seconds):
            raise RuntimeTooSlowError(f"The runtime had {seconds:g} seconds.")
        if not condition():
            raise RuntimeEndedError("The runtime ended without an answer.")
