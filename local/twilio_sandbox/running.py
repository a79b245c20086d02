"""The parts of a sandbox put together, started and stopped."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

from flask import Flask

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.accounts import Accounts
from local.twilio_sandbox.api import create_app
from local.twilio_sandbox.branch import Branch, Surroundings
from local.twilio_sandbox.callback_faults import CallbackFaultPlan
from local.twilio_sandbox.fault_plan import FaultPlan
from local.twilio_sandbox.journal import Journal
from local.twilio_sandbox.media import DEFAULT_LIFETIME_SECONDS, Addresses
from local.twilio_sandbox.routing import HostMap
from local.twilio_sandbox.scheduler import Scheduler
from local.twilio_sandbox.server import LoopbackServer


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
        filters_by_day: whether DateSent filters read an instant as its whole day, which is all that Twilio documents.
        media_seconds: how long the address of a media file is valid.
        opted_out: recipients for whom a send is refused with 21610; texting STOP adds to them.
        port: where to listen; 0 chooses a free port.
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
        filters_by_day: bool = False,
        media_seconds: float = DEFAULT_LIFETIME_SECONDS,
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
        self._callback_faults = CallbackFaultPlan()
        self._hosts = HostMap()
        self._scheduler = Scheduler()
        self._around = Surroundings(
            journal=self._journal,
            hosts=self._hosts,
            scheduler=self._scheduler,
            callback_faults=self._callback_faults,
            source=source,
            clock=clock,
            status_delay=status_delay,
            listing_lag=listing_lag,
            null_dates_match_filters=null_dates_match_filters,
            null_dates_first=null_dates_first,
            filters_by_day=filters_by_day,
        )
        self._main = Branch(self.account, self._around, opted_out)
        self._branches = [self._main]
        self._accounts = Accounts(self._main.messaging)
        self._addresses = Addresses(secret=uuid4().hex, lifetime_seconds=media_seconds, clock=clock)
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
        for branch in self._branches:
            branch.callbacks.stop()
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
        return create_app(self._accounts, self._journal, self._faults, self._addresses, self._stopping)

    def create_subaccount(self, friendly_name: str = "Subaccount") -> Branch:
        """Make a subaccount, with credentials, messages and signatures of its own."""
        account = Account.generate(self._around.source, friendly_name=friendly_name, owner=self.account)
        branch = Branch(account, self._around)
        self._branches.append(branch)
        self._accounts.subaccounts.append(branch.messaging)
        return branch

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
