"""The HTTP connections underneath :mod:`.transport`: urllib3's own, with every answer bounded in time and in size.

By itself a read time-out bounds the wait for each piece of an answer, so that one which drips in never ends, and
nothing bounds how much comes. Here it bounds the answer as a whole, head and body. Answers are read before urllib3
hands them over: whatever goes wrong on the way is a failure of the attempt, which ``Retry`` may repeat.
"""

import http.client
import io
import socket
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

# Longer answers are cut there. A page of 1,000 messages with the longest bodies, escaped, stays below.
MAX_ANSWER_BYTES = 24 * 2**20


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


class _BoundedConnection(HTTPConnection):
    response_class = _TimedResponse

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        """The answer, read as far as ``MAX_ANSWER_BYTES`` and decoded. Needs a request without ``preload_content``."""
        answer = super().getresponse()
        body = answer.read(MAX_ANSWER_BYTES + 1)
        if len(body) > MAX_ANSWER_BYTES:
            # The rest is still on its way: this connection cannot be used again.
            self.close()
        return HTTPResponse(
            body=io.BytesIO(body),
            headers=answer.headers,
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            decode_content=False,
            enforce_content_length=False,
        )


class _BoundedHTTPSConnection(_BoundedConnection, HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _BoundedConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _BoundedHTTPSConnection


def bounded_pool_manager(maxsize: int) -> urllib3.PoolManager:
    """A manager of *maxsize* connections a host, for requests with ``preload_content=False, release_conn=True``."""
    manager = urllib3.PoolManager(maxsize=maxsize)
    manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return manager
