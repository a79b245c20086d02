"""One account of the sandbox: its messages, how their statuses change, and the webhooks that it signs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.callback_faults import CallbackFaultPlan
from local.twilio_sandbox.callbacks import CallbackSender
from local.twilio_sandbox.journal import Journal
from local.twilio_sandbox.lifecycle import Lifecycle
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.messaging import Messaging
from local.twilio_sandbox.routing import HostMap
from local.twilio_sandbox.scheduler import Scheduler
from local.twilio_sandbox.signing import Webhook
from local.twilio_sandbox.status_callbacks import StatusCallbacks
from local.twilio_sandbox.store import MessageStore
from local.twilio_sandbox.webhook_params import inbound_params


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the accounts share, and how their messages behave: the options of `RunningSandbox`."""

    journal: Journal
    hosts: HostMap
    scheduler: Scheduler
    callback_faults: CallbackFaultPlan
    source: random.Random
    clock: Callable[[], datetime]
    status_delay: float | None
    listing_lag: float
    null_dates_match_filters: bool
    null_dates_first: bool
    filters_by_day: bool


class Branch:
    """An account at work."""

    def __init__(self, account: Account, around: Surroundings, opted_out: Iterable[str] = ()) -> None:
        self.account = account
        self.store = MessageStore(
            null_dates_match_filters=around.null_dates_match_filters,
            null_dates_first=around.null_dates_first,
            on_change=around.journal.touch,
        )
        self.callbacks = CallbackSender(account, around.hosts, around.journal)
        self.status_callbacks = StatusCallbacks(self.callbacks, around.scheduler, around.callback_faults)
        self.lifecycle = Lifecycle(
            self.store, self.status_callbacks, around.scheduler, status_delay=around.status_delay, clock=around.clock
        )
        self.messaging = Messaging(
            account,
            self.store,
            self.lifecycle,
            opted_out=opted_out,
            listing_lag=around.listing_lag,
            source=around.source,
            clock=around.clock,
            filters_by_day=around.filters_by_day,
        )

    @property
    def messages(self) -> list[Message]:
        """All messages, listed or not, in the order of their arrival here."""
        return self.store.all()

    def receive(
        self,
        *,
        from_: str,
        to: str,
        body: str = "",
        webhook_url: str | None = None,
        method: str = "POST",
        media: Iterable[tuple[str, bytes]] = (),
    ) -> str:
        """Receive a text, call the webhook of the number, and return the message's SID.

        `media` are pairs of a content type and a content.
        """
        message = self.messaging.receive(from_=from_, to=to, body=body, media=media)
        if webhook_url:
            self.callbacks.submit(Webhook(url=webhook_url, method=method, params=inbound_params(message)))
        return message.sid
