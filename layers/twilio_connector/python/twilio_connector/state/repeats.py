"""When a call to DynamoDB is repeated."""

from collections.abc import Callable

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count
from twilio_connector.state.budget import CALL_SECONDS, PAUSE_MAX_SECONDS, PAUSE_SECONDS
from twilio_connector.state.failures import Failure, error_of, verdict_of
from twilio_connector.state.verdicts import Verdict

# Beyond it pauses grow no longer, and 2 to the power of the failures would.
_MOST_DOUBLINGS = 16


def longest_pause(failures: int) -> float:
    """The most seconds to wait after the *failures*-th failure of a call: 0.05, 0.1, 0.2, … 5."""
    return min(PAUSE_MAX_SECONDS, PAUSE_SECONDS * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))


class Repeats:
    """The repeats of one call, which end by *until*.

    *jitter(low, high)* gives a number between the two.
    """

    def __init__(
        self, until: Deadline, sleep: Callable[[float], None], jitter: Callable[[float, float], float]
    ) -> None:
        self._until = until
        self._sleep = sleep
        self._jitter = jitter
        self._failures = 0

    def after(self, failure: Failure) -> Verdict:
        """The verdict on *failure*, after the pause before the next try if there is to be one.

        Raises :class:`ServiceUnavailableError` where there is none: if a repeat cannot help, and when time is over.
        """
        verdict = verdict_of(failure)
        if verdict is Verdict.REFUSED:
            raise error_of(failure) from failure
        if verdict is not Verdict.CONDITION:
            self.pause(error_of(failure))
        return verdict

    def pause(self, error: ServiceUnavailableError) -> None:
        """Wait before the next try. Raises *error* where it would not end in time."""
        self._failures += 1
        seconds = self._jitter(0.0, longest_pause(self._failures))
        if seconds + CALL_SECONDS > self._until.remaining():
            raise error
        count("StateRetries")
        self._sleep(seconds)
