"""The HTTP connections underneath :mod:`.transport`: urllib3's own, with three promises of ours.

**What was not connected was not sent.** Until ``connect()`` has returned, which looks up the name, makes the connection
and shakes hands over TLS, no byte of a request is written. All that fails in it is :class:`NotConnectedError`, and
nothing else is: after it, a request may have reached Twilio.

**What changes something goes out on a connection that lives.** Gateways on the way forget a connection at rest, and
then drop without a word what is sent on it.

**Connecting is bounded in time.** By itself the time-out of a connection bounds each address that a name has, and each
piece of the handshake, and not the look-up of the name, which nothing interrupts. Here it bounds all of it together.

**Every answer is bounded in time and in size.** By itself a read time-out bounds the wait for each piece of an answer,
so that one which drips in never ends, and nothing bounds how much comes. Here it bounds the answer as a whole.
Answers are read before urllib3 hands them over: whatever goes wrong on the way is a failure of the attempt, which
``Retry`` may repeat.

Why: docs/decisions.md#2026-11-28-a-connection-at-rest-for-ten-seconds-carries-no-change
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError
from urllib3.response import HTTPResponse
from urllib3.util.ssl_match_hostname import CertificateError

from twilio_connector.twilio.content_encoding import decode
from twilio_connector.twilio.request import SAFE_METHODS

# Longer answers are cut there. A page of 1,000 messages with the longest bodies, escaped, stays below.
MAX_ANSWER_BYTES = 24 * 2**20
# How long a connection at rest is taken for alive by a request that changes something.
TRUSTED_IDLE_SECONDS = 10.0
# Lambda freezes processes, and a clock may stop meanwhile: the one that has gone further counts.
IDLE_CLOCKS = (time.monotonic, time.time)


class NotConnectedError(ConnectTimeoutError):
    """No connection was made, so that nothing was sent; *cause* is why. To urllib3 it is one of its own."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"not connected: {type(cause).__name__}")
        self.cause = cause


class _TimedReader(io.RawIOBase):
    """What *socket_io* reads from *sock*, as long as the time-out that *sock* has now lasts for all of it together."""

    def __init__(self, sock: socket.socket, socket_io: io.RawIOBase) -> None:
        self._sock, self._socket_io = sock, socket_io
        seconds = sock.gettimeout()
        self._end = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("The answer is not complete yet.")
            self._sock.settimeout(left)
        return self._socket_io.readinto(buffer)

    def close(self) -> None:
        self._socket_io.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    """Overrides what urllib3 and ``http.client`` document of a connection, nothing of how its pools use it."""

    response_class = _TimedResponse
    _rested_since: tuple[float, ...]

    def connect(self) -> None:
        """Look up the name, connect, and over TLS shake hands, within the time-out for all of it.

        Raises :class:`NotConnectedError`; the caller then discards this connection.
        """
        whole = self.timeout
        # What one address gets, so that the next of the name has its turn where it does not answer.
        self.timeout = whole and whole / 2
        try:
            _within(whole, super().connect, given_up=self.close)
        except (OSError, HTTPError, CertificateError) as exc:
            raise NotConnectedError(exc) from exc
        finally:
            self.timeout = whole
        self._rested_since = _now()

    def request(self, method: str, *args: Any, **kwargs: Any) -> None:
        """Send a request, over a new connection if it changes something and this one was at rest for too long."""
        if self.sock is not None and method not in SAFE_METHODS and self._idle_seconds() > TRUSTED_IDLE_SECONDS:
            # ``http.client`` connects anew, by our connect(), before it writes.
            self.close()
        super().request(method, *args, **kwargs)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        """The answer, read as far as ``MAX_ANSWER_BYTES`` and decoded. Needs a request without ``preload_content``."""
        answer = super().getresponse()
        body = _read(answer, MAX_ANSWER_BYTES + 1)
        if len(body) > MAX_ANSWER_BYTES:
            # The rest is still on its way: this connection cannot be used again.
            self.close()
        else:
            try:
                body = decode(body, answer.headers.get("Content-Encoding", ""), MAX_ANSWER_BYTES + 1)
            except ValueError as exc:
                raise DecodeError(str(exc)) from exc
        self._rested_since = _now()
        return HTTPResponse(
            body=io.BytesIO(body),
            headers=answer.headers,
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            decode_content=False,
            enforce_content_length=False,
        )

    def _idle_seconds(self) -> float:
        return max(now - then for now, then in zip(_now(), self._rested_since, strict=True))


def _within(seconds: float | None, call: Callable[[], None], given_up: Callable[[], None]) -> None:
    """Make *call*, and raise TimeoutError where it takes longer: it then continues alone, and ends with *given_up*."""
    failures: list[Exception] = []
    is_late = threading.Event()

    def run() -> None:
        try:
            call()
        except Exception as exc:
            failures.append(exc)
        if is_late.is_set():
            given_up()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        is_late.set()
        raise TimeoutError("There is no connection yet.")
    if failures:
        raise failures[0]


def _read(answer: HTTPResponse, most: int) -> bytes:
    """As much as there is; urllib3 reports only at the end that an answer is shorter than it should be."""
    pieces: list[bytes] = []
    while most and (piece := answer.read(most, decode_content=False)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _now() -> tuple[float, ...]:
    return tuple(clock() for clock in IDLE_CLOCKS)


class _HTTPSConnection(_Connection, HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


def bounded_pool_manager(maxsize: int, context: ssl.SSLContext | None = None) -> urllib3.PoolManager:
    """A manager of *maxsize* connections a host, for requests with ``preload_content=False, release_conn=True``.

    Over TLS they trust whom *context* does; without one, each asks the system anew.
    """
    manager = urllib3.PoolManager(maxsize=maxsize, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return manager
