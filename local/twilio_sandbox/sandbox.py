"""The sandbox as tests and demos use it: it shows what happened, and sets what happens next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from flask import Flask

from local.twilio_sandbox.callback_faults import CallbackFaults, StrayCallback
from local.twilio_sandbox.control import control
from local.twilio_sandbox.faults import InjectedFault
from local.twilio_sandbox.journal import Callback, RecordedRequest
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.owned_numbers import OwnedNumber, add_number_routes
from local.twilio_sandbox.routing import Route
from local.twilio_sandbox.running import RunningSandbox
from local.twilio_sandbox.services import MessagingService, add_service_routes
from local.twilio_sandbox.signing import Webhook
from local.twilio_sandbox.webhook_rules import WebhookConfiguration, add_rule_routes


class TwilioSandbox(RunningSandbox):
    """A local Twilio account whose events you control; its options are those of the base class."""

    @property
    def messages(self) -> list[Message]:
        """All messages, listed or not, in the order of their arrival here."""
        return self._main.store.all()

    @property
    def requests(self) -> list[RecordedRequest]:
        """The API requests so far."""
        return self._journal.requests

    @property
    def callbacks(self) -> list[Callback]:
        """The attempts to deliver webhook requests so far."""
        return self._journal.callbacks

    @property
    def opted_out(self) -> set[str]:
        """Recipients who want no messages; change it freely."""
        return self._main.messaging.opted_out

    @cached_property
    def owned_numbers(self) -> list[OwnedNumber]:
        """The account's phone numbers, which texts do not depend on; change it freely."""
        return []

    @cached_property
    def messaging_services(self) -> list[MessagingService]:
        """The account's messaging services, which texts do not depend on; change it freely."""
        return []

    @cached_property
    def webhook_configuration(self) -> WebhookConfiguration:
        """The account's Webhook Rules, which it does not have unless it is opened; change it freely."""
        return WebhookConfiguration()

    def wait_until(self, condition: Callable[[], object], timeout: float = 10) -> None:
        """Return once a condition on this sandbox holds; TimeoutError after `timeout` seconds."""
        self._journal.wait_until(condition, timeout)

    def map_host(self, host: str, origin: str, host_header: str | None = None) -> None:
        """Deliver webhook requests for a public host to a local origin such as `http://127.0.0.1:4567`.

        They carry `host_header`, by default the public host; the signature is of the public URL.
        """
        self._hosts.add(host, Route(origin.rstrip("/"), host_header or host))

    def inject(self, fault: InjectedFault, times: float = 1, match: str = "", probability: float = 1) -> None:
        """Let the next `times` matching requests (`math.inf`: all) meet a fault.

        `match` is a method, a part of the path, or both: `POST /Messages`. With a `probability` below 1
        a matching request may be spared, which does not count.
        """
        self._faults.inject(fault, times=times, match=match, probability=probability)

    def clear_faults(self) -> None:
        """Forget the faults still to come."""
        self._faults.clear()

    def disturb_callbacks(self, faults: CallbackFaults) -> None:
        """Lose, delay, double and reorder shares of the status callbacks from now on, of all accounts."""
        self._callback_faults.use(faults)

    @property
    def stray_callbacks(self) -> list[StrayCallback]:
        """The status callbacks that met a mishap so far."""
        return self._callback_faults.stray

    def release_callbacks(self) -> None:
        """Deliver now the status callbacks that are held back."""
        for branch in self._branches:
            branch.status_callbacks.release()

    def add(
        self,
        count: int = 1,
        date_sent: datetime | Literal["now"] | None = "now",
        *,
        spacing: timedelta = timedelta(0),
        from_: str = "+15558675309",
        to: str = "+15551234567",
        body: str | None = "Example message body",
        direction: str = "outbound-api",
        status: str = "delivered",
        listed: bool = True,
    ) -> list[str]:
        """Add messages without calling any callbacks, and return their SIDs.

        The first has the date given and each further one is sent `spacing` later; None leaves the date
        null. Messages that are not `listed` stay out of lists until `reveal`.
        """
        first = self._main.messaging.clock() if date_sent == "now" else date_sent
        messages = [
            self._main.messaging.past_message(
                from_=from_,
                to=to,
                body=body,
                direction=direction,
                status=status,
                date_sent=None if first is None else first + index * spacing,
            )
            for index in range(count)
        ]
        self._main.store.add(messages, listed_after=0 if listed else math.inf)
        return [message.sid for message in messages]

    def restore(self, messages: Iterable[Message]) -> None:
        """Add messages as they are, with the SIDs and dates that they have."""
        self._main.store.add(messages)

    def reveal(self, *sids: str) -> None:
        """Let lists show messages that were missing: they appear late, at their place in the past."""
        self._main.store.reveal(sids)

    @contextmanager
    def listing_late(self, *bodies: str) -> Iterator[None]:
        """Keep messages that are created with these texts out of lists until the end."""
        self._main.messaging.unlisted.update(bodies)
        try:
            yield
        finally:
            self._main.messaging.unlisted.difference_update(bodies)
            self.reveal(*(message.sid for message in self.messages if message.body in bodies))

    def update_status(self, sid: str, status: str) -> None:
        """Put a message into a status, from any other, and call its status callback."""
        self._main.lifecycle.update_status(sid, status)

    def receive(self, **text: Any) -> str:
        """Receive a text, as `Branch.receive` does, and return the message's SID."""
        return self._main.receive(**text)

    def post_json(self, webhook_url: str, document: object) -> None:
        """Call a webhook with a JSON document, as Event Streams does with an array of CloudEvents."""
        self._main.callbacks.submit(Webhook(url=webhook_url, document=document))

    def _app(self) -> Flask:
        app = super()._app()
        add_number_routes(app, self.account, self.owned_numbers)
        add_service_routes(app, self.account, self.messaging_services)
        add_rule_routes(app, self.account, self.webhook_configuration, self._main.callbacks)
        app.register_blueprint(control(self))
        return app
