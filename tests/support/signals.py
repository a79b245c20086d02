"""The signals that end a process, taken as a test says, even if the parent process ignores them."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# How Python takes each by default. What a process that it starts inherits is the system's default.
_DEFAULTS: dict[signal.Signals, Callable[..., Any] | signal.Handlers] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}
ENDING = tuple(_DEFAULTS)


@contextmanager
def ignoring(*numbers: signal.Signals) -> Iterator[None]:
    """Let this process, and those that it starts meanwhile, ignore *numbers*, and end on the others of ``ENDING``."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        for number, default in _DEFAULTS.items():
            signal.signal(number, signal.SIG_IGN if number in numbers else default)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
