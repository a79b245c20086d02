"""What happens to a message after its creation: its statuses, one by one, each with its callback.

Vendor page: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from local.twilio_sandbox.message import Message
from local.twilio_sandbox.numbers import FINAL_FAILURES, SERVICE_SENDER
from local.twilio_sandbox.signing import Webhook
from local.twilio_sandbox.store import MessageStore
from local.twilio_sandbox.webhook_params import status_callback_params

PRICE = "-0.00790"
_DATED_STATUSES = frozenset({"sent", "delivered", "undelivered", "read"})


class Later(Protocol):
    """What runs actions later: the scheduler."""

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Run an action so many seconds from now."""


class Delivery(Protocol):
    """What status callbacks are handed to, on their way to the sender."""

    def submit(self, webhook: Webhook) -> None:
        """Deliver a status callback soon, unless it meets a mishap."""


class Lifecycle:
    """Moves messages on, and reports it to their status callbacks."""

    def __init__(
        self,
        store: MessageStore,
        callbacks: Delivery,
        scheduler: Later,
        *,
        status_delay: float | None,
        clock: Callable[[], datetime],
    ) -> None:
        """`status_delay` is the time in seconds that each status lasts; None: until `update_status`."""
        self._store = store
        self._callbacks = callbacks
        self._scheduler = scheduler
        self._status_delay = status_delay
        self._clock = clock

    def begin(self, message: Message) -> None:
        """Start the statuses of a created message."""
        if self._status_delay is None:
            return
        delay = (message.send_at - self._clock()).total_seconds() if message.send_at else self._status_delay
        self._scheduler.after(delay, lambda: self._step(message.sid, course_of(message)))

    def _step(self, sid: str, statuses: Sequence[str]) -> None:
        try:
            if self.update_status(sid, statuses[0], unless=_raise_if_canceled) is None:
                return
        except _CanceledError:
            return
        if self._status_delay is not None and statuses[1:]:
            self._scheduler.after(self._status_delay, lambda: self._step(sid, statuses[1:]))

    def update_status(
        self, sid: str, status: str, *, unless: Callable[[Message], None] = lambda message: None
    ) -> Message | None:
        """Put a message into a status now, and call its status callback; None if the message was deleted.

        `unless` raises if the message, in its state at that moment, must not change.
        """

        def change(message: Message) -> Message:
            unless(message)
            return self._with_status(message, status)

        message = self._store.update(sid, change)
        if message is not None and message.status_callback:
            self._callbacks.submit(Webhook(url=message.status_callback, params=status_callback_params(message)))
        return message

    def _with_status(self, message: Message, status: str) -> Message:
        now = self._clock()
        final, code, reason = FINAL_FAILURES.get(message.to, (None, None, None))
        failed = status == final
        return replace(
            message,
            status=status,
            from_=message.from_ or (SERVICE_SENDER if status != "canceled" else None),
            date_updated=now,
            date_sent=message.date_sent or (now if status in _DATED_STATUSES else None),
            price=PRICE if status == "delivered" else message.price,
            error_code=code if failed else message.error_code,
            error_message=reason if failed else message.error_message,
        )


class _CanceledError(Exception):
    """A message was canceled before its next step."""


def _raise_if_canceled(message: Message) -> None:
    if message.status == "canceled":
        raise _CanceledError


def course_of(message: Message) -> tuple[str, ...]:
    """Return the statuses that follow a created message's first one."""
    final = FINAL_FAILURES.get(message.to, ("delivered",))[0]
    course = (final,) if final == "failed" else ("sent", final)
    return course if message.status == "queued" else ("queued", *course)
