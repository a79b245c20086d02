"""Hands status callbacks to the sender that delivers them; some go astray on the way."""

from __future__ import annotations

import itertools
import math
import threading
from typing import Protocol

from local.twilio_sandbox.callback_faults import CallbackFaultPlan
from local.twilio_sandbox.lifecycle import Later
from local.twilio_sandbox.signing import Webhook


class Deliverer(Protocol):
    """What delivers webhook requests: the sender of callbacks."""

    def submit(self, *webhooks: Webhook) -> None:
        """Deliver webhook requests soon, one after the other."""


class StatusCallbacks:
    """Hands on the status callbacks of one account, by the plan of their faults."""

    def __init__(self, deliverer: Deliverer, scheduler: Later, plan: CallbackFaultPlan) -> None:
        self._deliverer = deliverer
        self._scheduler = scheduler
        self._plan = plan
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._held: dict[int, Webhook] = {}
        self._awaiting_next: dict[str, int] = {}

    def submit(self, webhook: Webhook) -> None:
        """Deliver a status callback: soon, later, twice, or never."""
        sid, mishap = webhook.params["MessageSid"], self._plan.draw(webhook)
        overtaken = self._overtaken(sid)
        match mishap:
            case "lost":
                self._submit(*overtaken)
            case "delayed":
                self._hold(webhook)
                self._submit(*overtaken)
            case "doubled":
                self._submit(webhook, webhook, *overtaken)
            case "reordered" if not overtaken:
                self._hold(webhook, until_next_of=sid)
            case _:
                self._submit(webhook, *overtaken)

    def release(self) -> None:
        """Deliver soon all that are still held back."""
        with self._lock:
            held = list(self._held.values())
            self._held.clear()
        for webhook in held:
            self._submit(webhook)

    def _hold(self, webhook: Webhook, *, until_next_of: str = "") -> None:
        """Hold a callback back for the plan's time, or until the next one of a message, if that comes earlier."""
        number, seconds = next(self._numbers), self._plan.delay_seconds
        with self._lock:
            self._held[number] = webhook
            if until_next_of:
                self._awaiting_next[until_next_of] = number
        if seconds != math.inf:
            self._scheduler.after(seconds, lambda: self._submit(*self._taken(number)))

    def _overtaken(self, sid: str) -> list[Webhook]:
        """The callbacks that wait for the next one of a message."""
        with self._lock:
            number = self._awaiting_next.pop(sid, None)
        return [] if number is None else self._taken(number)

    def _taken(self, number: int) -> list[Webhook]:
        """The callback held under a number; only the first call gets it."""
        with self._lock:
            return [self._held.pop(number)] if number in self._held else []

    def _submit(self, *webhooks: Webhook) -> None:
        if webhooks:
            self._deliverer.submit(*webhooks)
