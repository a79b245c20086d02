"""Invocations side by side, each of which goes on only when told to: never do two run at once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.poll_fakes import Faults, Killed
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.wiring import RESERVE_SECONDS


def _closed() -> threading.Semaphore:
    return threading.Semaphore(0)


@dataclass
class Steps(Faults):
    """The calls of one invocation: it stops *at* each of them, and is then told to go on or is killed."""

    at: str = ""
    _told: threading.Semaphore = field(default_factory=_closed)
    _stopped: threading.Semaphore = field(default_factory=_closed)

    def reach(self, kind: str) -> None:
        """Stop, and then do what is planned for this call."""
        self.at = kind
        self.end()
        self.begin()
        super().reach(kind)

    def begin(self) -> None:
        """Wait to be told to go on; called by the invocation."""
        self._told.acquire()

    def end(self) -> None:
        """Give the turn back; called by the invocation."""
        self._stopped.release()

    def take(self) -> None:
        """Let the invocation go on until it stops again or is over; called by the scheduler."""
        self._told.release()
        self._stopped.acquire()


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
            self._steps.take()
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
        self._steps.begin()
        try:
            if not self._steps.dead:
                self.sid = self._send()
        except Killed:
            pass
        except Exception as exc:
            # Whatever it is: the model judges it.
            self.error = exc
        self.is_over = True
        self._steps.end()
