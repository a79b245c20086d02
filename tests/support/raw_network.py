"""A network in which every name leads to one server of the test: what a raw request would send to strangers."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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
    """Stands for the resolver: *own* addresses lead where they say, all others to the *strangers*.

    To one after the other, and to the last one ever again; None stands for a name that is not known. *asked* holds what
    was looked up, in order.
    """

    strangers: list[Address | None]
    own: Sequence[Address] = ()
    asked: list[Address] = field(default_factory=list)
    _resolve: Callable[..., Any] = field(default=socket.getaddrinfo, repr=False)

    def getaddrinfo(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        """As :func:`socket.getaddrinfo`."""
        self.asked.append((host, port))
        address: Address | None = (host, port)
        if address not in self.own:
            address = self.strangers.pop(0) if len(self.strangers) > 1 else self.strangers[0]
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self._resolve(*address, *args, **kwargs)


@contextmanager
def resolving(*strangers: Address | None, own: Sequence[Address] = ()) -> Iterator[Names]:
    """Let :class:`Names` resolve for the block, in which no connection from before is open."""
    names = Names([*strangers], own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", names.getaddrinfo)
        transport.pool.cache_clear()
        yield names
        transport.pool().clear()
        transport.pool.cache_clear()


def write_certificate(path: Path, *names: str) -> Path:
    """Write a key and a self-signed certificate of *names*, hosts or IP addresses, to *path*."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a server of the tests")])
    alternatives = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path
