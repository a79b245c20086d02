"""A clock for a whole process: what sleeps lets it go on, and nothing waits."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import walk_packages
from types import FunctionType
from typing import Any

import pytest

import twilio_connector
from tests.support.defaults import replace_defaults

# On a whole second, as Twilio's dates are.
BEGINNING = 1_773_585_130.0


class SimulatedTime:
    """Seconds since the epoch, and monotonic ones: here the same."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += max(0.0, seconds)

    def utc(self) -> datetime:
        """The present moment, in whole seconds."""
        return datetime.fromtimestamp(int(self.now), UTC)


@contextmanager
def simulated_time() -> Iterator[SimulatedTime]:
    """Let this process read the time from a clock of its own, through `time`, and in the package everywhere.

    The package's modules have `time.monotonic` and the others as defaults of parameters, too.
    """
    _import_all()
    clock = SimulatedTime()
    stands_for: dict[Any, Callable[..., Any]] = {time.time: clock, time.monotonic: clock, time.sleep: clock.sleep}

    def stand_in(value: Any) -> Any:
        return next((other for real, other in stands_for.items() if value is real), value)

    with pytest.MonkeyPatch.context() as monkeypatch, ExitStack() as undo:
        for function in set(_functions()):
            undo.callback(replace_defaults(function, stand_in))
        for name in ("time", "monotonic", "sleep"):
            monkeypatch.setattr(time, name, stands_for[getattr(time, name)])
        yield clock


def _import_all() -> None:
    """Import what functions import when they need it: meanwhile, the defaults of parameters in it would be this clock's
    for good.
    """
    for module in walk_packages(twilio_connector.__path__, f"{twilio_connector.__name__}."):
        import_module(module.name)


def _functions() -> Iterator[FunctionType]:
    """All of the package's functions and methods that are imported."""
    for name, module in list(sys.modules.items()):
        if name.startswith("twilio_connector."):
            for value in list(vars(module).values()):
                members = vars(value).values() if isinstance(value, type) else [value]
                for each in members:
                    inner = getattr(each, "__func__", each)
                    if isinstance(inner, FunctionType):
                        yield inner
