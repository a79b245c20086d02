"""A message's course in the sandbox: what is canceled is never sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.twilio_sandbox.lifecycle import Lifecycle
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.signing import Webhook
from local.twilio_sandbox.store import MessageStore

NOW = datetime(2026, 3, 15, 14, 32, 10, tzinfo=UTC)
SCHEDULED = Message(
    sid="SM" + "0" * 32,
    account_sid="AC" + "0" * 32,
    direction="outbound-api",
    to="+15551234567",
    from_=None,
    body="Later",
    status="scheduled",
    date_created=NOW,
    date_updated=NOW,
    send_at=NOW + timedelta(minutes=5),
    status_callback="http://127.0.0.1/status",
)


class Later:
    """A scheduler whose actions are due when the test says so."""

    def __init__(self) -> None:
        self.actions: list[Callable[[], None]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.actions.append(action)

    def run(self) -> None:
        while self.actions:
            self.actions.pop(0)()


class Sent(list[Webhook]):
    """The callbacks that were made."""

    def submit(self, webhook: Webhook) -> None:
        self.append(webhook)


@pytest.mark.parametrize("steps", [0, 1])
def test_a_canceled_message_goes_no_further(steps: int) -> None:
    store, later, sent = MessageStore(null_dates_match_filters=False, null_dates_first=True), Later(), Sent()
    lifecycle = Lifecycle(store, sent, later, status_delay=0, clock=lambda: NOW)
    store.add([SCHEDULED])
    lifecycle.begin(SCHEDULED)
    for _ in range(steps):
        later.actions.pop(0)()

    store.update(SCHEDULED.sid, lambda message: replace(message, status="canceled"))
    later.run()

    assert [message.status for message in store.all()] == ["canceled"]
    assert len(sent) == steps


def test_another_one_takes_its_course() -> None:
    store, later, sent = MessageStore(null_dates_match_filters=False, null_dates_first=True), Later(), Sent()
    store.add([SCHEDULED])
    Lifecycle(store, sent, later, status_delay=0, clock=lambda: NOW).begin(SCHEDULED)

    later.run()

    assert [webhook.params["MessageStatus"] for webhook in sent] == ["queued", "sent", "delivered"]
    assert store.all()[0].date_sent == NOW
