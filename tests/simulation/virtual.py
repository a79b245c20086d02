"""The package in virtual time: whatever in it reads the time, waits, draws lots or starts threads, asks a history.

What functions and dataclasses took for a default when they were defined is replaced, too. Nothing else of the package
is: its modules are the product's own.
"""

import importlib
import logging
import pkgutil
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from queue import SimpleQueue
from types import FunctionType, SimpleNamespace
from typing import Any

import urllib3.util.retry

import twilio_connector
from tests.simulation.present import history
from tests.simulation.threads import VirtualEvent, VirtualExecutor, VirtualQueue, VirtualThread
from tests.support.defaults import replace_defaults
from twilio_connector.bus import custom_bus, publisher
from twilio_connector.invocation import entrypoint, observability
from twilio_connector.twilio import transport


def wall() -> float:
    """The time of day as the current process has it."""
    scheduler = history.scheduler
    process = scheduler.current.process
    return scheduler.now + (process.skew if process else 0.0)


def monotonic() -> float:
    """Seconds that only grow."""
    return history.scheduler.now


def sleep(seconds: float) -> None:
    """As ``time.sleep``."""
    history.scheduler.sleep(seconds)


def uniform(low: float, high: float) -> float:
    """As ``random.uniform``."""
    return history.dice.uniform(low, high)


def uuid4() -> uuid.UUID:
    """As ``uuid.uuid4``."""
    return uuid.UUID(int=history.dice.getrandbits(128), version=4)


class VirtualDatetime(datetime):
    """A datetime whose present is the current process's."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "VirtualDatetime":
        """As ``datetime.now``."""
        return cls.fromtimestamp(wall(), tz or UTC)


_STAND_INS: list[tuple[Any, Any]] = [
    (time, SimpleNamespace(time=wall, monotonic=monotonic, sleep=sleep, time_ns=lambda: int(wall() * 1e9))),
    (time.time, wall),
    (time.monotonic, monotonic),
    (time.sleep, sleep),
    (random, SimpleNamespace(uniform=uniform)),
    (random.uniform, uniform),
    (uuid, SimpleNamespace(uuid4=uuid4)),
    (datetime, VirtualDatetime),
    (threading.Thread, VirtualThread),
    (threading.Event, VirtualEvent),
    (SimpleQueue, VirtualQueue),
    (ThreadPoolExecutor, VirtualExecutor),
]


_NO_METRICS = SimpleNamespace(metric_set={}, add_metric=lambda *_: None)


@contextmanager
def virtual() -> Iterator[None]:
    """Let the package, all of it, and urllib3's pauses ask :data:`history`."""
    undo: list[Callable[[], None]] = []
    try:
        for found in pkgutil.walk_packages(twilio_connector.__path__, "twilio_connector."):
            _rebind(vars(importlib.import_module(found.name)), found.name, undo)
        _replace(vars(urllib3.util.retry), "time", _STAND_INS[0][1], undo)
        _replace(vars(transport), "pool", lambda: history.manager, undo)
        # Each history sets these.
        _replace(vars(publisher), "ENTRIES_PER_CALL", publisher.ENTRIES_PER_CALL, undo)
        _replace(vars(custom_bus), "ENTRIES_PER_REQUEST", custom_bus.ENTRIES_PER_REQUEST, undo)
        # Nobody reads what thousands of functions log and count.
        _replace(vars(observability), "sys", SimpleNamespace(stdout=SimpleNamespace(write=lambda _: None)), undo)
        for module in (observability, entrypoint):
            _replace(vars(module), "metrics", _NO_METRICS, undo)
        level = observability.logger.log_level
        undo.append(lambda: observability.logger.setLevel(level))
        observability.logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for step in reversed(undo):
            step()


def _replace(names: dict[str, Any], name: str, stand_in: Any, undo: list[Callable[[], None]]) -> None:
    real = names[name]
    undo.append(lambda: names.update({name: real}))
    names[name] = stand_in


def _rebind(names: dict[str, Any], module: str, undo: list[Callable[[], None]]) -> None:
    for name, value in list(names.items()):
        if name.startswith("__"):
            continue
        stand_in = _stand_in(value)
        if stand_in is not value:
            names[name] = stand_in
            undo.append(lambda name=name, value=value: names.update({name: value}))  # type: ignore[misc]  # bound now
        elif getattr(value, "__module__", None) == module:
            if isinstance(value, FunctionType):
                undo.append(replace_defaults(value, _stand_in))
            elif isinstance(value, type):
                _rebind_class(value, undo)


def _rebind_class(cls: type, undo: list[Callable[[], None]]) -> None:
    for name, value in list(vars(cls).items()):
        function = getattr(value, "__func__", value)
        if isinstance(function, FunctionType):
            undo.append(replace_defaults(function, _stand_in))
        elif (stand_in := _stand_in(value)) is not value:
            setattr(cls, name, stand_in)
            undo.append(lambda name=name, value=value: setattr(cls, name, value))  # type: ignore[misc]  # bound now


def _stand_in(value: Any) -> Any:
    return next((stand_in for real, stand_in in _STAND_INS if value is real), value)
