"""Invocations side by side, each of which takes a step only when its turn comes: never do two run at once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.poll_fakes import Faults, Killed
from tests.support.turnstile import Turnstile
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.wiring import RESERVE_SECONDS


@dataclass
class Steps(Faults):
    """The calls of one invocation: it stops *at* each of them, until its turn comes, and then makes it or is killed."""

    at: str = ""
    turnstile: Turnstile = field(default_factory=Turnstile)

    def reach(self, kind: str) -> None:
        """Stop, and then do what is planned for this call."""
        self.at = kind
        self.turnstile.pass_on()
        self.turnstile.wait()
        super().reach(kind)


class Caller:
    """One invocation: it ends with the *sid* that it reports, with an *error*, or by being killed."""

    def __init__(self, send: Callable[[], str], steps: Steps, deadline: Deadline) -> None:
        self.sid = ""
        self.error: Exception | None = None
        self.is_over = False
        self._send = send
        self._steps = steps
        self._end = deadline.later(RESERVE_SECONDS)
        threading.Thread(target=self._run, daemon=True).start()

    def go_on(self, until: str = "") -> None:
        """Let it make steps up to the next call of the kind *until*, or up to its end."""
        at = None
        while not self.is_over and at != until:
            if not self._end.remaining():
                self._steps.dead = True
            self._steps.turnstile.let_through()
            at = self._steps.at

    def end_in_time(self) -> None:
        """Be Lambda, which kills it once its time is over."""
        if not self.is_over and not self._end.remaining():
            self.kill()

    def kill(self) -> None:
        """Let nothing happen any more, as after a SIGKILL."""
        self._steps.dead = True
        self.go_on()

    def _run(self) -> None:
        self._steps.turnstile.wait()
        try:
            if not self._steps.dead:
                self.sid = self._send()
        except Killed:
            pass
        except Exception as exc:
            # Whatever it is: the model judges it.
            self.error = exc
        self.is_over = True
        self._steps.turnstile.pass_on()
