"""Which faults are still to come, and for which requests."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

from flask import Request

from local.twilio_sandbox.faults import InjectedFault


@dataclass
class _Rule:
    fault: InjectedFault
    method: str
    path_part: str
    probability: float
    left: float

    def matches(self, request: Request) -> bool:
        return self.method in ("", request.method) and self.path_part in request.path and self.fault.concerns(request)


class FaultPlan:
    """The faults still to come, oldest first; thread-safe."""

    def __init__(self, source: random.Random) -> None:
        """`source` decides on faults that have a probability."""
        self._source = source
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []

    def inject(self, fault: InjectedFault, *, times: float, match: str, probability: float) -> None:
        """Plan a fault for the next `times` requests of `match`: `[METHOD] [part of the path]`."""
        method, _, path_part = match.partition(" ")
        if method.startswith("/"):
            method, path_part = "", match
        with self._lock:
            self._rules.append(_Rule(fault, method, path_part, probability, times))

    def clear(self) -> None:
        """Forget all faults that have not happened yet."""
        with self._lock:
            self._rules.clear()

    def draw(self, request: Request) -> InjectedFault | None:
        """Take the fault that is due for this request."""
        with self._lock:
            for rule in self._rules:
                if rule.matches(request) and self._source.random() < rule.probability:
                    rule.left -= 1
                    if rule.left <= 0:
                        self._rules.remove(rule)
                    return rule.fault
        return None
