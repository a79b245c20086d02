"""TLS in front of a server of plain HTTP: it breaks where a test says, before, in or after a handshake."""

import os
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

from tests.support.raw_network import Address

HELLO_BYTES = 65_536
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"


@dataclass(frozen=True)
class Visit:
    """One connection that came in at *front*, over *socket*, without TLS as yet."""

    front: "TlsFront"
    socket: socket.socket

    def shake_hands(self, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """The connection over TLS, with the front's own certificate or that of *context*; counted as a handshake."""
        wrapped = (context or self.front.context).wrap_socket(self.socket, server_side=True)
        self.front.handshakes += 1
        return wrapped


Step = Callable[[Visit], None]


def serve(visit: Visit) -> None:
    """Hand requests on and answers back, over one connection, until :meth:`~TlsFront.forget`."""
    front, client = visit.front, visit.shake_hands()
    generation = front.generation
    with client:
        while request := b"".join(_message(client)):
            if front.generation == generation:
                head, body = _ask(front.backend, request)
                client.sendall(head.replace(b"HTTP/1.0", b"HTTP/1.1").replace(b"Connection: close\r\n", b"") + body)
            elif front.resets:
                reset(client)
                return


def hang_up(visit: Visit) -> None:
    """Close the connection in the handshake."""
    visit.socket.recv(HELLO_BYTES)


def reset_in_handshake(visit: Visit) -> None:
    """Reset the connection in the handshake."""
    visit.socket.recv(HELLO_BYTES)
    reset(visit.socket)


def alert(visit: Visit) -> None:
    """Refuse the handshake by TLS's own means."""
    visit.socket.recv(HELLO_BYTES)
    visit.socket.sendall(HANDSHAKE_FAILURE)


def speak_plainly(visit: Visit) -> None:
    """Answer the handshake as a server would that knows no TLS."""
    visit.socket.recv(HELLO_BYTES)
    visit.socket.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def stall(visit: Visit) -> None:
    """Never go on with the handshake."""
    visit.front.stopping.wait()


def presenting(context: ssl.SSLContext) -> Step:
    """Shake hands with another certificate."""
    return lambda visit: visit.shake_hands(context).close()


def reset_unread(visit: Visit) -> None:
    """Reset the connection after the handshake, whatever is on its way."""
    reset(visit.shake_hands())


def lose_the_request(visit: Visit) -> None:
    """Take the request and hand it on to nobody."""
    with visit.shake_hands() as client:
        _message(client)
        reset(client)


def lose_the_answer(visit: Visit) -> None:
    """Let the request be carried out, and reset the connection in place of its answer."""
    with visit.shake_hands() as client:
        _ask(visit.front.backend, b"".join(_message(client)))
        reset(client)


def mangling(mangle: Callable[[bytes, bytes], bytes]) -> Step:
    """Let the request be carried out, and answer with what *mangle* makes of the answer's head and body."""

    def step(visit: Visit) -> None:
        with visit.shake_hands() as client:
            client.sendall(mangle(*_ask(visit.front.backend, b"".join(_message(client)))))

    return step


def reset(connection: socket.socket) -> None:
    """Drop *connection* with a TCP reset, now."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def _ask(backend: Address, request: bytes) -> tuple[bytes, bytes]:
    """The head and the body of the answer to *request*."""
    with socket.create_connection(backend) as server:
        server.sendall(request)
        return _message(server)


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of one HTTP message, whose length is in its head, from *source*; empty at its end."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (more := source.recv(65_536)):
            return b"", b""
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int((lengths or [b"0"])[0]) and (more := source.recv(65_536)):
        body += more
    return head + b"\r\n\r\n", body


class TlsFront:
    """Listens on loopback in front of *backend*; each connection meets the next step, the last one ever again.

    A context manager. It counts *connections*, and in *handshakes* those that were completed on its side.
    """

    def __init__(self, backend: Address, context: ssl.SSLContext, *script: Step) -> None:
        self.backend, self.context = backend, context
        self.connections = self.handshakes = self.generation = 0
        self.resets = False
        self.stopping = threading.Event()
        self._script = list(script)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.front = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> Address:
        """Host and port."""
        return "127.0.0.1", self._server.server_address[1]

    def follow(self, *script: Step) -> None:
        """Let the connections to come meet these steps."""
        self._script = list(script)

    def forget(self, *, resets: bool = False) -> None:
        """As a NAT: from now on nothing is passed on over the existing connections, and neither side is notified.

        With *resets* they are reset as soon as something comes.
        """
        self.generation += 1
        self.resets = resets

    def visit(self, connection: socket.socket) -> None:
        """Let *connection* meet the next step."""
        self.connections += 1
        step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        step(Visit(self, connection))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    front: TlsFront

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""

    def shutdown_request(self, request: object) -> None:
        """Close without a shutdown, which a connection that was reset would not know."""
        cast("socket.socket", request).close()


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Meet the next step."""
        cast("_Server", self.server).front.visit(self.request)
