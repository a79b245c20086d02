"""Which failures of a raw request are repeated: what its caller asks for, within what is safe.

==========================  ===================  ===========================  ==================
failure                     with retryAllErrors  POST that texts or calls     any other request
                                                 somebody, or may do so
==========================  ===================  ===========================  ==================
never connected             repeated             repeated                     repeated
reset, time-out             repeated             not repeated                 repeated
5xx                         repeated             not repeated                 repeated
429                         repeated             repeated ("not processed")   not repeated
any other error             repeated             not repeated                 not repeated
==========================  ===================  ===========================  ==================
"""

from collections.abc import Callable

from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.twilio.retries import THROTTLED, BoundedRetry, full_jitter

MAX_RETRIES = 10
MAX_DELAY_MS = 900_000
# Callers set short budgets on purpose: a repeat is worth it as long as there is any time at all.
MIN_REPEAT_SECONDS = 0.05

_SERVER_ERRORS = range(500, 600)
_ERRORS = range(300, 600)


def retry_as_asked(
    inputs: Inputs,
    deadline: Deadline,
    reaches_people: Callable[[], bool],
    may_happen_twice: Callable[[], bool] = lambda: True,
) -> BoundedRetry:
    """The table above, ``maxRetries`` times, after ``retryDelayMS`` each or with exponential backoff.

    ``Retry-After`` takes the place of either. *reaches_people* is asked only where it matters, *may_happen_twice*
    before a repeat of what may have been carried out. Raises :class:`InvalidInputError`.
    """
    total = inputs.number("maxRetries", 0, 0, MAX_RETRIES)
    everything = inputs.flag("retryAllErrors", False)
    seconds = inputs.number("retryDelayMS", 0, 0, MAX_DELAY_MS) / 1000
    exponential = inputs.flag("useExponentialBackoff", False)
    by_proof = bool(total) and not everything and reaches_people()
    return BoundedRetry(
        total=total,
        # None: bounded by the total alone. Redirects are not followed; one without an address is an error like others.
        redirect=None,
        read=False if by_proof else None,
        other=0 if by_proof else None,
        status_forcelist=_ERRORS if everything else [THROTTLED] if by_proof else _SERVER_ERRORS,
        allowed_methods=None,
        raise_on_status=False,
        deadline=deadline,
        delay=full_jitter if exponential else lambda _: seconds,
        least=MIN_REPEAT_SECONDS,
        may_happen_twice=may_happen_twice,
    )
