"""Sends over TLS and a network that fails at each step: one text where success is reported, and never two.

What fails before the handshake has ended is TwilioUnavailableError, and leaves the key free.
"""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support import tls_front
from tests.support.certificates import Authority
from tests.support.fakes import FakeClock, FakeContext
from tests.support.raw_network import Address, address_of, resolving, swallowing
from tests.support.tls_front import Step, TlsFront
from tests.support.world import World
from twilio_connector.errors import OutcomeUnknownError, TwilioConnectorError, TwilioUnavailableError
from twilio_connector.twilio import pool, retries, transport

HOST = "twilio.example"
INPUT = {"to": "+15551234567", "from": "+15555551234", "message": "Hello from Acme!", "idempotencyKey": "order-5"}
# Time for one search, and none for another after a pause.
BRIEF = FakeContext(seconds=5)


@dataclass
class Network:
    """The way from the functions to the sandbox: over the name HOST, and TLS at *front*."""

    world: World
    front: TlsFront
    authority: Authority

    def send(self, *ways: Address | None, context: FakeContext = BRIEF) -> str:
        """The SID of the text that was sent over *ways*, one after the other, by default over the front."""
        with resolving(*(ways or [self.front.address]), own=[self.front.backend]):
            return self.send_again(context)

    def send_again(self, context: FakeContext = BRIEF, **others: str) -> str:
        """The same over the connection that there is."""
        return str(self.world.invoke("send_sms", {**INPUT, **others}, replace(context))["data"]["sid"])

    @property
    def texts(self) -> list[str]:
        """The SIDs of those that Twilio has."""
        return [message.sid for message in self.world.twilio.messages]

    @property
    def creations(self) -> int:
        """How many requests for a text have reached Twilio."""
        return len([request for request in self.world.twilio.requests if request.method == "POST"])


@pytest.fixture
def network(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    monkeypatch.setattr(retries, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.2)
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    world.overrides["TWILIO_API_URL"] = f"https://{HOST}"
    with TlsFront(address_of(world.twilio.url), authority.server(HOST), tls_front.serve) as front:
        yield Network(world, front, authority)


def closed() -> Address:
    """An address that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        return host, port


# What keeps a request from leaving: the way there, or what the server does in the handshake.
WAYS: dict[str, Callable[[ExitStack], Address | None]] = {
    "name": lambda _: None,
    "TCP refused": lambda _: closed(),
    "TCP timed out": lambda stack: stack.enter_context(swallowing()),
}
HANDSHAKES: dict[str, Callable[[Network], Step]] = {
    "hang-up in the handshake": lambda _: tls_front.hang_up,
    "reset in the handshake": lambda _: tls_front.reset_in_handshake,
    "TLS alert": lambda _: tls_front.alert,
    "handshake timed out": lambda _: tls_front.stall,
    "wrong certificate": lambda network: tls_front.presenting(network.authority.server("evil.example")),
}


def cut_short(head: bytes, body: bytes) -> bytes:
    """An answer that is compressed, and ends in the middle."""
    status_line = head.partition(b"\r\n")[0]
    cut = gzip.compress(body)[:-20]
    return status_line + b"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(cut) + cut


# What strikes once the request has left, and whether Twilio has carried it out.
LOSSES: dict[str, tuple[Step, bool]] = {
    "reset after the handshake": (tls_front.reset_unread, False),
    "request lost": (tls_front.lose_the_request, False),
    "answer lost": (tls_front.lose_the_answer, True),
    "gzip cut short": (tls_front.mangling(cut_short), True),
}


@pytest.mark.parametrize("fault", WAYS)
def test_what_could_not_connect_is_sent_once_it_can(network: Network, fault: str) -> None:
    with ExitStack() as stack:
        way = WAYS[fault](stack)
        with pytest.raises(TwilioUnavailableError):
            network.send(way)
        assert (network.creations, network.front.connections) == (0, 0)
        sid = network.send(way, network.front.address)
    assert ([sid], network.creations) == (network.texts, 1)


@pytest.mark.parametrize("fault", HANDSHAKES)
def test_what_could_not_shake_hands_is_sent_once_it_can(network: Network, fault: str) -> None:
    step = HANDSHAKES[fault](network)
    network.front.follow(step)
    with pytest.raises(TwilioUnavailableError):
        network.send()
    assert (network.creations, network.front.connections) == (0, retries.ATTEMPTS)
    network.front.follow(step, tls_front.serve)
    sid = network.send()
    assert ([sid], network.creations) == (network.texts, 1)


@pytest.mark.parametrize("fault", LOSSES)
def test_what_was_lost_on_the_way_is_one_text_or_unknown(network: Network, fault: str) -> None:
    step, accepted = LOSSES[fault]
    network.front.follow(step, tls_front.serve)
    if accepted:
        assert [network.send()] == network.texts
        assert [network.send()] == network.texts
    else:
        for _ in range(2):
            with pytest.raises(OutcomeUnknownError):
                network.send()
        assert network.texts == []
    assert network.creations == int(accepted)


@pytest.mark.parametrize("resets", [False, True], ids=["dropped", "reset"])
@pytest.mark.parametrize("rest", [1, 11], ids=["in use just now", "after a rest"])
def test_a_kept_connection_that_a_nat_has_forgotten_doubles_no_text(
    network: Network, rest: int, resets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(pool, "IDLE_CLOCKS", (clock,))
    with resolving(network.front.address, own=[network.front.backend]):
        first = network.send_again()
        network.front.forget(resets=resets)
        clock.now += rest
        if rest > pool.TRUSTED_IDLE_SECONDS:
            second = network.send_again(idempotencyKey="order-6")
            assert network.texts == [first, second]
            assert network.front.connections == 2
        else:
            with pytest.raises(TwilioConnectorError) as unknown:
                network.send_again(FakeContext(seconds=3), idempotencyKey="order-6")
            assert type(unknown.value) is OutcomeUnknownError
            assert network.texts == [first]
