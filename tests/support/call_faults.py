"""What a call to AWS or Twilio may meet on its way, and where that does not exist."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tests.support.call_sites import Place
from tests.support.simulated_aws import PARTIAL
from tests.support.simulated_network import Answer, Call, KilledError

GARBAGE = Answer(200, {"Content-Type": "text/html"}, b"<html><body>Please log in to this network</body></html>")


class Fault(Enum):
    """What happens; *reads*, *is_lost*: whether the call is carried out, and its answer does not arrive."""

    REFUSED = "the connection is refused"
    TIMED_OUT = "no answer, and nothing is done"
    TIMED_OUT_DONE = "no answer, but it is done"
    RESET = "the connection is reset, and nothing is done"
    RESET_DONE = "the connection is reset, but it is done"
    FAILED = "5xx, and nothing is done"
    FAILED_DONE = "5xx, but it is done"
    THROTTLED = "throttled"
    PARTIAL = "only a part is done"
    MALFORMED = "it is done, and the answer cannot be read"
    KILLED = "it is done, and the process is killed"

    @property
    def is_done(self) -> bool:
        """Whether the call is carried out although its caller does not hear of it."""
        return self.name.endswith("DONE") or self in (Fault.MALFORMED, Fault.KILLED)

    @property
    def is_unsettled(self) -> bool:
        """Whether the caller cannot know if it was carried out."""
        return self not in (Fault.REFUSED, Fault.THROTTLED, Fault.PARTIAL)


def why_not(fault: Fault, operation: str) -> str:
    """Why a call of *operation* cannot meet the *fault*; empty where it can."""
    if fault is Fault.PARTIAL and operation not in PARTIAL:
        return "has no answer that says of a part that it was not done"
    is_read = operation.startswith(("Get", "Query", "BatchGet")) or operation == "Twilio's GET"
    if fault.name.endswith("DONE") and is_read:
        return "reads: whether it is done makes no difference"
    return ""


class Times(Enum):
    """How long it lasts: one call, or all of this place until an invocation has ended with it."""

    ONCE = 1.0
    LASTING = math.inf


@dataclass
class Outage:
    """A *fault* at a *place*; *met* counts the calls that have met it."""

    place: Place
    fault: Fault
    times: Times
    met: int = 0

    def __str__(self) -> str:
        return f"{self.place}: {self.fault.name} {self.times.name}"


@dataclass
class Given:
    """A *fault* that is part of a play: so many calls meet it of those that it *is_at*, or those of one invocation."""

    is_at: Callable[[Place], bool]
    fault: Fault
    left: float = math.inf
    is_brief: bool = False
    met: int = 0


@dataclass
class Faults:
    """What calls meet: of the *outage*, and where that is not, what is *given*."""

    outage: Outage | None = None
    given: Given | None = None
    is_over: bool = False
    was_given: bool = field(init=False)

    def __post_init__(self) -> None:
        self.was_given = self.given is not None

    def meet(self, call: Call) -> Answer | None:
        """Answer a *call*, raise what it meets, or leave it to its service."""
        outage = self.outage
        if outage and not self.is_over and call.place == outage.place and outage.met < outage.times.value:
            if (call.request is None) == (outage.fault is Fault.REFUSED):
                outage.met += 1
                return happen(outage.fault, call)
            return None
        given = self.given
        if (
            given
            and given.left
            and given.is_at(call.place)
            and (call.request is None) == (given.fault is Fault.REFUSED)
        ):
            given.left, given.met = given.left - 1, given.met + 1
            return happen(given.fault, call)
        return None

    def end_of_invocation(self) -> None:
        """What has lasted through an invocation is over by the next one."""
        if self.outage and self.outage.met:
            self.is_over = True
        if self.given and self.given.is_brief and self.given.met:
            self.given = None


def happen(fault: Fault, call: Call) -> Answer:
    """Let *call* meet the *fault*."""
    if fault is Fault.REFUSED:
        raise ConnectionRefusedError
    assert call.request
    if fault.is_done:
        call.carry_out()
    if fault in (Fault.TIMED_OUT, Fault.TIMED_OUT_DONE):
        call.service.clock.now += call.patience
        raise TimeoutError("timed out")
    if fault in (Fault.RESET, Fault.RESET_DONE):
        raise ConnectionResetError
    if fault is Fault.KILLED:
        raise KilledError
    answers = {
        Fault.FAILED: call.service.failed,
        Fault.FAILED_DONE: call.service.failed,
        Fault.THROTTLED: call.service.throttled,
        Fault.PARTIAL: getattr(call.service, "partly", None),
        Fault.MALFORMED: lambda _: GARBAGE,
    }
    answer: Answer = answers[fault](call.request)
    return answer
