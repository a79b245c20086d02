"""What happened: the requests that the sandbox got, and the webhook requests that it made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from local.twilio_sandbox.faults import InjectedFault

_UNRECORDED_HEADERS = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """An API request as it arrived; of its credentials only the user name is kept."""

    method: str
    path: str
    query: ImmutableMultiDict[str, str]
    form: ImmutableMultiDict[str, str]
    body: bytes
    headers: Mapping[str, str]
    """By lower-case name."""
    auth_user: str | None
    fault: InjectedFault | None
    """The fault that the request got."""

    @classmethod
    def of(cls, request: Request, fault: InjectedFault | None) -> RecordedRequest:
        """Record a request that is being served."""
        # Read before the form is parsed, which would consume the stream.
        body = request.get_data(cache=True)
        return cls(
            method=request.method,
            path=request.path,
            query=ImmutableMultiDict(request.args),
            form=ImmutableMultiDict(request.form),
            body=body,
            headers={
                name.lower(): value
                for name, value in request.headers.items()
                if name.lower() not in _UNRECORDED_HEADERS
            },
            auth_user=request.authorization.username if request.authorization else None,
            fault=fault,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One attempt to deliver a webhook request: what was sent, and what came back."""

    url: str
    """The public URL that was signed."""
    method: str
    params: Mapping[str, str]
    request_body: bytes
    request_headers: Mapping[str, str]
    attempt: int
    """From 1."""
    status: int | None = None
    """HTTP status, or None if no answer came."""
    content_type: str | None = None
    body: bytes = b""
    error: str | None = None
    """Why no answer came."""
    began_at: float = 0.0
    """When the attempt was begun, by the monotonic clock."""
    ended_at: float = 0.0
    """When it was over."""


class Journal:
    """An append-only record that tests can read at any time and wait on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._changes = 0
        self._requests: list[RecordedRequest] = []
        self._callbacks: list[Callback] = []

    @property
    def requests(self) -> list[RecordedRequest]:
        """A copy of the requests so far."""
        return list(self._requests)

    @property
    def callbacks(self) -> list[Callback]:
        """A copy of the delivery attempts so far."""
        return list(self._callbacks)

    def record_request(self, request: RecordedRequest) -> None:
        """Add a request."""
        self._requests.append(request)
        self.touch()

    def record_callback(self, callback: Callback) -> None:
        """Add a delivery attempt."""
        self._callbacks.append(callback)
        self.touch()

    def touch(self) -> None:
        """Wake all waiting threads, because something has changed."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def wait_until(self, condition: Callable[[], object], timeout: float) -> None:
        """Return once `condition` holds; it is checked again after every change.

        Raises:
            TimeoutError: it does not hold within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            seen = self._changes
            # Asked without the lock: a condition may itself call the API, which records a request.
            if condition():
                return
            if not self._wait_for_change(seen, deadline - time.monotonic()):
                raise TimeoutError(f"the condition did not come true within {timeout:g} s")

    def _wait_for_change(self, seen: int, seconds: float) -> bool:
        with self._changed:
            return seconds > 0 and self._changed.wait_for(lambda: self._changes != seen, seconds)
