"""A network in which every name leads to one server of the test: what a raw request would send to strangers."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from twilio_connector.twilio import transport

Address = tuple[str, int]


class Sink(socketserver.ThreadingTCPServer):
    """Listens on loopback, says nothing, and keeps every byte that comes. Complete once it is closed."""

    def __init__(self) -> None:
        self.received = b""
        self.connections = 0
        super().__init__(("127.0.0.1", 0), _SinkHandler)

    @property
    def address(self) -> Address:
        """Host and port."""
        return "127.0.0.1", self.server_address[1]


def address_of(url: str) -> Address:
    """Host and port of a test server's *url*."""
    return "127.0.0.1", int(url.rpartition(":")[2])


class _SinkHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Take all there is, after an end of the answer that lets no client wait for one."""
        sink = self.server
        assert isinstance(sink, Sink)
        sink.connections += 1
        self.request.shutdown(socket.SHUT_WR)
        while chunk := self.request.recv(65_536):
            sink.received += chunk


@contextmanager
def listening() -> Iterator[Sink]:
    """A sink that runs as long as the block, and has all that was sent to it when the block ends."""
    with Sink() as sink:
        thread = threading.Thread(target=sink.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()


@dataclass
class Names:
    """Replaces the resolver: *own* addresses lead where they say, all others to the *strangers*.

    To one after the other, and to the last one ever again; None means a name that is not known. *asked* holds what
    was looked up, in order. The addresses *beside* come before these.
    """

    strangers: list[Address | None]
    own: Sequence[Address] = ()
    asked: list[Address] = field(default_factory=list)
    beside: Sequence[Address] = ()
    _resolve: Callable[..., Any] = field(default=socket.getaddrinfo, repr=False)

    def getaddrinfo(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        """As :func:`socket.getaddrinfo`."""
        self.asked.append((host, port))
        if (host, port) in self.own:
            return self._resolve(host, port, *args, **kwargs)
        address = self.strangers.pop(0) if len(self.strangers) > 1 else self.strangers[0]
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [entry for each in (*self.beside, address) for entry in self._resolve(*each, *args, **kwargs)]


@contextmanager
def swallowing() -> Iterator[Address]:
    """An address at which no connection is ever made, nor refused: the queue of those that wait for it is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()


@contextmanager
def resolving(
    *strangers: Address | None, own: Sequence[Address] = (), beside: Sequence[Address] = (), trusts_anew: bool = True
) -> Iterator[Names]:
    """Let :class:`Names` resolve for the block, in which no connection from before is open.

    Unless it *trusts_anew*, whom TLS trusts is what it was before: to read that takes ten times the time of a request.
    """
    names = Names([*strangers], own, beside=beside)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", names.getaddrinfo)
        forget = transport.pool.cache_clear if trusts_anew else transport.pool().clear
        forget()
        yield names
        transport.pool().clear()
        forget()
