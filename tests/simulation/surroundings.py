"""What surrounds the functions: the one way that every outside call goes, with its faults, its delays and its kills."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.simulation.history import Record
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.weather import Weather

# A call to it is tried once, by whichever function: `twilio_connector.state.budget`.
DYNAMODB_SECONDS = 3.0


@dataclass(eq=False)
class Invocation:
    """One invocation of a *function*; *began* and *ends* are Lambda's, in true time.

    It is killed at its *kill_at*-th outside call, before that takes effect or *after*. *hang* is how long a call to AWS
    takes that is not answered. *outcome* is ``returned``, ``raised``, ``killed`` or, while it lasts, empty.
    """

    function: str
    name: str
    began: float
    ends: float
    hang: float
    attempts: int
    kill_at: int = 0
    kill_after: bool = False
    calls: int = 0
    outcome: str = ""
    result: Any = None
    over: float = 0.0
    # How often DynamoDB did not carry out a call of it, or did not say so.
    without_table: int = 0
    # How many of its threads go on although it has ended.
    left_running: int = 0


@dataclass
class Surroundings:
    """What all simulated services share."""

    dice: Random
    scheduler: Scheduler
    weather: Weather
    record: Record = field(default_factory=Record)

    @property
    def now(self) -> float:
        """The true time."""
        return self.scheduler.now

    def note(self, who: str, what: str, fault: str = "", answer: object = "") -> None:
        """Take down what happened."""
        self.record.note(self.scheduler.now, who, what, fault, answer)

    @property
    def invocation(self) -> Invocation:
        """Whose call it is."""
        process = self.scheduler.current.process
        assert process
        invocation: Invocation = process.invocation
        return invocation

    def begin(self, service: str, what: str, kinds: Callable[[str], bool] = bool) -> str:
        """Begin an outside call, which may be the last of its process; returns the fault that it meets.

        Of the faults those count that the call can meet by *kinds*.
        """
        invocation = self.invocation
        invocation.calls += 1
        self.record.calls[service] += 1
        if invocation.calls == invocation.kill_at and not invocation.kill_after:
            self.kill(invocation, f"before {what}")
        self.scheduler.sleep(self.weather.seconds(_patience(service, invocation)))
        fault = self.weather.met(service, self.scheduler.now)
        if fault and not kinds(fault):
            return ""
        if fault:
            self.record.faults[invocation.function, f"{service} {fault}"] += 1
        return fault

    def end(self, service: str, what: str, fault: str, answer: object = "", *, on_its_way: bool = True) -> None:
        """Let the answer travel back, if it is *on its way*; the process may be killed before it arrives."""
        invocation = self.invocation
        self.record.note(self.scheduler.now, invocation.name, what, fault, answer)
        if invocation.calls >= invocation.kill_at > 0:
            self.kill(invocation, f"after {what}")
        if on_its_way:
            self.scheduler.sleep(self.weather.seconds(_patience(service, invocation)))

    def kill(self, invocation: Invocation, where: str) -> None:
        """End the current process."""
        process = self.scheduler.current.process
        assert process
        self.killed(process, invocation, where)
        self.scheduler.kill(process)

    def killed(self, process: Process, invocation: Invocation, where: str) -> None:
        """Take down that a process dies."""
        invocation.outcome, invocation.over = "killed", self.now
        self.record.kills[invocation.function] += 1
        self.note(invocation.name, "killed", where)


def _patience(service: str, invocation: Invocation) -> float:
    """How long the client of a call waits for an answer."""
    if service in ("create", "list", "fetch"):
        return 10.0
    return DYNAMODB_SECONDS if service == "dynamodb" else invocation.hang / invocation.attempts
