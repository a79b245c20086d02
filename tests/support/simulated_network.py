"""A network in this process: what urllib3 connects to, for botocore as for the package's own pool.

Every byte to AWS and to Twilio goes through here, by the libraries' own code down to the socket. Each answer ends its
connection, so that each call connects anew. TLS is left to `tests/integration/twilio/test_reaching_twilio.py`.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import responses
from typing import Any

import pytest
import urllib3.util.connection

from tests.support.call_sites import Place, Site, calling_place, frames
from tests.support.simulated_time import SimulatedTime
from twilio_connector.aws_session import CUSTOM_BUS
from twilio_connector.twilio import pool

AWS, TWILIO = ("127.0.0.1", 2), ("127.0.0.1", 1)
# What distinguishes its calls from those of the classic one.
ON_CUSTOM_BUS = "on a Custom Event Bus"
# What a call takes that is answered.
SECONDS = 0.01


class KilledError(BaseException):
    """The process is gone: nothing catches this, and no call of it is carried out any more."""


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def encode(self) -> bytes:
        """As HTTP/1.1 has it."""
        headers = {**self.headers, "Content-Length": str(len(self.body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status} {responses[self.status]}", *(f"{name}: {it}" for name, it in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Call:
    """A call under way: where it comes from, by what it is answered properly, and how long its caller waits."""

    place: Place
    service: Any
    carry_out: Callable[[], Answer]
    request: Request | None
    patience: float


Meet = Callable[[Call], Answer | None]


@dataclass
class Network:
    """Services by their addresses. *meet* answers a call, raises what it meets instead, or leaves it to its service.

    *calls* are the places that were called from, *passed* the sites that these went through.
    """

    clock: SimulatedTime
    services: dict[tuple[str, int], Any]
    meet: Meet = lambda _: None
    is_dead: bool = False
    calls: dict[Place, Any] = field(default_factory=dict)
    passed: set[Site] = field(default_factory=set)

    def connect(self, address: tuple[str, int], timeout: float) -> "_Socket":
        """As `create_connection`."""
        self.check_alive()
        if address not in self.services:
            raise ConnectionRefusedError
        self._begin(address, None, timeout)
        return _Socket(self, address)

    def answer(self, address: tuple[str, int], sent: bytes, patience: float) -> bytes:
        """What a connection answers to the bytes of a request. Raises what reading it raises."""
        self.check_alive()
        self.clock.now += SECONDS
        request = _parsed(sent)
        call = self._begin(address, request, patience)
        return (call if isinstance(call, Answer) else self.services[address](request)).encode()

    def check_alive(self) -> None:
        """Raise what ends a process that is killed."""
        if self.is_dead:
            raise KilledError

    def _begin(self, address: tuple[str, int], request: Request | None, patience: float) -> Answer | None:
        service = self.services[address]
        place, passed = calling_place(_operation())
        self.calls.setdefault(place, service)
        self.passed |= passed
        return self.meet(Call(place, service, lambda: service(request), request, patience))


class _Socket:
    """What `http.client` uses of a socket."""

    def __init__(self, network: Network, address: tuple[str, int]) -> None:
        self._network, self._address, self._timeout, self.sent = network, address, 0.0, bytearray()

    def sendall(self, data: Any) -> None:
        self.sent += data

    def makefile(self, mode: str, *_: object) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Incoming(self))

    def read(self) -> bytes:
        return self._network.answer(self._address, bytes(self.sent), self._timeout)

    def settimeout(self, seconds: float) -> None:
        self._timeout = seconds

    def gettimeout(self) -> float:
        return self._timeout

    def setsockopt(self, *_: object) -> None: ...

    def close(self) -> None: ...


class _Incoming(io.RawIOBase):
    def __init__(self, sock: _Socket) -> None:
        self._socket, self._left = sock, io.BytesIO()
        self._is_read = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._is_read:
            self._left, self._is_read = io.BytesIO(self._socket.read()), True
        return self._left.readinto(buffer)


@contextmanager
def connected(network: Network) -> Iterator[None]:
    """Let all of urllib3 connect by *network* and by nothing else."""

    def create_connection(address: tuple[str, int], timeout: Any = None, *_: object, **__: object) -> _Socket:
        return network.connect(address, timeout)

    with pytest.MonkeyPatch.context() as monkeypatch:
        # In its caller's thread: that connecting is bounded in time, `tests/integration/twilio` sees to.
        monkeypatch.setattr(pool, "_within", lambda _, call, given_up: call())
        monkeypatch.setattr(urllib3.util.connection, "create_connection", create_connection)
        yield


def _operation() -> str:
    """What is called, as AWS names it, or Twilio's method."""
    for frame in frames():
        module, name = frame.f_globals.get("__name__"), frame.f_code.co_name
        if (module, name) == ("botocore.client", "_make_api_call"):
            stage = frame.f_locals["api_params"].get("VersionStage", "")
            is_custom = frame.f_locals["self"].meta.service_model.service_name == CUSTOM_BUS
            return f"{frame.f_locals['operation_name']} {ON_CUSTOM_BUS if is_custom else stage}".strip()
        if (module, name) == ("twilio_connector.twilio.transport", "exchange"):
            return f"Twilio's {frame.f_locals['request'].method}"
    raise AssertionError("neither botocore nor the transport to Twilio makes this call")


def _parsed(sent: bytes) -> Request:
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    return Request(method, target, {name.lower(): value.strip() for name, _, value in pairs}, body)
