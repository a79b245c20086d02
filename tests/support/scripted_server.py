"""An HTTP server that answers as a test says, byte by byte if need be."""

import os
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import parse_headers
from types import TracebackType
from typing import Self, cast

Answer = Callable[["Exchange"], None]


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    line: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Exchange:
    """What an answer can use: the connection, and an event that is set when the server stops."""

    connection: socket.socket
    stopping: threading.Event

    def send(self, data: bytes) -> None:
        """Send *data*; raises ``OSError`` when the client is gone."""
        self.connection.sendall(data)


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    """A whole answer; underscores in header names become hyphens."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda exchange: exchange.send("\r\n".join([*lines, "", ""]).encode() + body)


def reset(exchange: Exchange) -> None:
    """Drop the connection with a TCP reset."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # close() would wait for the handler's own file objects; the descriptor has to go now.
    os.close(exchange.connection.detach())


def drip(head: bytes, seconds: float = 0.02) -> Answer:
    """*head*, and then a byte every few *seconds* for as long as anyone listens."""

    def answer(exchange: Exchange) -> None:
        exchange.send(head)
        while not exchange.stopping.wait(seconds):
            exchange.send(b"x")

    return answer


def flood(exchange: Exchange) -> None:
    """A body without end, as fast as it is taken."""
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not exchange.stopping.is_set():
        exchange.send(b"x" * 65_536)


class ScriptedServer:
    """Gives its answers one after the other, the last one ever again. A context manager.

    *requests* holds what came, over as many *connections*.
    """

    def __init__(self, *script: Answer, tls: ssl.SSLContext | None = None) -> None:
        self._script = list(script)
        self.requests: list[Received] = []
        self.connections = 0
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Received, connection: socket.socket) -> None:
        """Record *request* and give the next answer."""
        self.requests.append(request)
        step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        step(Exchange(connection, self._stopping))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    owner: ScriptedServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Serve requests for as long as the connection lasts."""
        owner = cast("_Server", self.server).owner
        owner.connections += 1
        while self.connection.fileno() != -1 and (line := self.rfile.readline()):
            headers = parse_headers(self.rfile)
            body = self.rfile.read(int(headers.get("Content-Length", "0")))
            request = Received(line.decode().strip(), headers, body)
            owner.answer(request, self.connection)
