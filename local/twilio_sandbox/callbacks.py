"""Delivering webhook requests: timeouts, retries, and a record of each attempt.

Vendor page: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.journal import Callback, Journal
from local.twilio_sandbox.routing import HostMap, UnmappedHostError
from local.twilio_sandbox.signing import SignedRequest, Webhook, sign

WORKERS = 20
MAX_RETRIES = 5
# The time for one attempt, and for all of them: no repeat begins later.
TOTAL_SECONDS = 15.0
_TIMEOUT = urllib3.Timeout(connect=5, read=TOTAL_SECONDS, total=TOTAL_SECONDS)
_LOG = logging.getLogger(__name__)

Failure = Literal["ct", "rt", "4xx", "5xx"]
_REPEATABLE = frozenset({"ct", "rt", "4xx", "5xx", "all"})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a webhook request is repeated, and on which failures."""

    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> RetryPolicy:
        """Read `rc` (0 to 5) and `rp` (of `ct`, `rt`, `4xx`, `5xx`, `all`) from a URL's fragment.

        Any other value leaves the default in place; Twilio reports it, as error 11243 for `rp`.
        """
        overrides = dict(parse_qsl(urlsplit(url).fragment))
        count, on = overrides.get("rc", ""), frozenset(overrides.get("rp", "").split(",")) & _REPEATABLE
        retries = min(int(count), MAX_RETRIES) if count.isascii() and count.isdecimal() else cls().retries
        return cls(retries, on or cls().on)

    def repeats(self, attempt: int, failure: Failure | None) -> bool:
        """Whether another attempt follows this one, which failed that way (None: it did not fail)."""
        return failure is not None and attempt <= self.retries and bool(self.on & {failure, "all"})


class CallbackSender:
    """Sends webhook requests from a small pool of threads."""

    def __init__(self, account: Account, hosts: HostMap, journal: Journal) -> None:
        self._account = account
        self._hosts = hosts
        self._journal = journal
        self._stopping = threading.Event()
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="twilio-callback")

    def submit(self, *webhooks: Webhook) -> None:
        """Deliver webhook requests soon, one after the other; nothing once the sender has been stopped."""
        if not self._stopping.is_set():
            self._pool.submit(self._deliver_all, webhooks).add_done_callback(_log_crash)

    def deliver(self, webhook: Webhook, request: SignedRequest) -> int | None:
        """Deliver a signed request now, once; returns the status of the answer, None where there was none."""
        return self._attempt(webhook, request, 1)[0].status

    def stop(self) -> None:
        """Drop the queued requests, and wait for the attempts in progress."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.clear()

    def _deliver_all(self, webhooks: Sequence[Webhook]) -> None:
        for webhook in webhooks:
            self._deliver(webhook)

    def _deliver(self, webhook: Webhook) -> None:
        policy = RetryPolicy.of(webhook.url)
        request = sign(webhook, self._account.auth_token, str(uuid.uuid4()), self._account.shared_key)
        until = time.monotonic() + TOTAL_SECONDS
        attempt = 1
        _, failure = self._attempt(webhook, request, attempt)
        while policy.repeats(attempt, failure) and time.monotonic() < until and not self._stopping.is_set():
            attempt += 1
            _, failure = self._attempt(webhook, request, attempt)

    def _attempt(self, webhook: Webhook, request: SignedRequest, attempt: int) -> tuple[Callback, Failure | None]:
        record = Callback(
            url=request.url,
            method=webhook.method,
            params=webhook.params,
            request_body=request.body,
            request_headers=request.headers,
            attempt=attempt,
            began_at=time.monotonic(),
        )
        failure: Failure | None = None
        try:
            response = self._send(webhook.method, request)
        except UnmappedHostError as error:
            record = replace(record, error=str(error))
        except HTTPError as error:
            failure = "ct" if isinstance(error, ConnectTimeoutError | NewConnectionError) else "rt"
            record = replace(record, error=type(error).__name__)
        else:
            failure = _failure_of(response.status)
            content_type = response.headers.get("Content-Type")
            record = replace(record, status=response.status, content_type=content_type, body=response.data)
        record = replace(record, ended_at=time.monotonic())
        self._journal.record_callback(record)
        return record, failure

    def _send(self, method: str, request: SignedRequest) -> urllib3.BaseHTTPResponse:
        route, parts = self._hosts.resolve(request.url), urlsplit(request.url)
        target = route.origin + parts._replace(scheme="", netloc="").geturl()
        # Each request has a new connection: a stale one could lose a request that must not be repeated.
        headers = {**request.headers, "Host": route.host_header, "Connection": "close"}
        return self._http.request(method, target, body=request.body or None, headers=headers, redirect=False)


def _failure_of(status: int) -> Failure | None:
    if status >= 500:
        return "5xx"
    return "4xx" if status >= 400 else None


def _log_crash(delivery: Future[None]) -> None:
    if not delivery.cancelled() and (error := delivery.exception()):
        _LOG.error("a webhook request could not be delivered", exc_info=error)
