"""The parts of a sandbox put together, started and stopped."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from flask import Flask

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.api import create_app
from local.twilio_sandbox.callbacks import CallbackSender
from local.twilio_sandbox.fault_plan import FaultPlan
from local.twilio_sandbox.journal import Journal
from local.twilio_sandbox.lifecycle import Lifecycle
from local.twilio_sandbox.messaging import Messaging
from local.twilio_sandbox.routing import HostMap
from local.twilio_sandbox.scheduler import Scheduler
from local.twilio_sandbox.server import LoopbackServer
from local.twilio_sandbox.store import MessageStore


def utc_now() -> datetime:
    """Return the present moment in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


class RunningSandbox:
    """A local Twilio account on 127.0.0.1; a context manager that serves while it is open.

    Args:
        status_delay: seconds that each status lasts (`queued` → `sent` → `delivered`); None holds
            messages in their first status until `update_status`.
        listing_lag: seconds for which new messages are missing from lists; a fetch finds them at once.
        null_dates_match_filters: whether messages without a date sent match a DateSent filter.
        null_dates_first: whether lists show those messages before all others, or after.
        opted_out: recipients for whom a send is refused with 21610; texting STOP adds to them.
        port: where to listen; 0 takes a free port.
        seed: makes SIDs, credentials and random faults repeatable.
        clock: the present moment in UTC, in whole seconds.
    """

    def __init__(
        self,
        *,
        status_delay: float | None = 0.05,
        listing_lag: float = 0,
        null_dates_match_filters: bool = False,
        null_dates_first: bool = True,
        opted_out: Iterable[str] = (),
        port: int = 0,
        seed: int | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        source = random.Random(seed)
        self.account = Account.generate(source)
        self._journal = Journal()
        self._stopping = threading.Event()
        self._faults = FaultPlan(source)
        self._hosts = HostMap()
        self._store = MessageStore(
            null_dates_match_filters=null_dates_match_filters,
            null_dates_first=null_dates_first,
            on_change=self._journal.touch,
        )
        self._scheduler = Scheduler()
        self._callbacks = CallbackSender(self.account, self._hosts, self._journal)
        self._lifecycle = Lifecycle(
            self._store, self._callbacks, self._scheduler, status_delay=status_delay, clock=clock
        )
        self._messaging = Messaging(
            self.account,
            self._store,
            self._lifecycle,
            opted_out=opted_out,
            listing_lag=listing_lag,
            source=source,
            clock=clock,
        )
        self._port = port
        self._server: LoopbackServer | None = None

    def __enter__(self) -> Self:
        self._server = LoopbackServer(self._app(), self._port)
        self._server.start()
        self._scheduler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._scheduler.stop()
        self._callbacks.stop()
        if self._server is not None:
            self._server.stop()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Refuse all connections for a while; requests that are already here are answered."""
        url = self.url
        if self._server is not None:
            self._server.stop()
        try:
            yield
        finally:
            self._server = LoopbackServer(self._app(), int(url.rpartition(":")[2]))
            self._server.start()

    def _app(self) -> Flask:
        return create_app(self._messaging, self._journal, self._faults, self._stopping)

    @property
    def url(self) -> str:
        """The API's origin, `http://127.0.0.1:<port>`, while the sandbox is open."""
        if self._server is None:
            raise RuntimeError("the sandbox is not open")
        return self._server.url

    @property
    def account_sid(self) -> str:
        """SID of the account."""
        return self.account.sid

    @property
    def auth_token(self) -> str:
        """The auth token: a password of the API, and the key of webhook signatures."""
        return self.account.auth_token

    @property
    def api_key_sid(self) -> str:
        """SID of a standard API key."""
        return self.account.api_key_sid

    @property
    def api_key_secret(self) -> str:
        """Secret of the API key."""
        return self.account.api_key_secret
