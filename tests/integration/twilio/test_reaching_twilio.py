"""Where a request can first have reached Twilio: a server over TLS that breaks at each step on the way there.

Up to the end of the handshake nothing was sent, whatever the method: repeated, and at last TwilioUnavailableError.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import tls_front
from tests.support.certificates import Authority
from tests.support.fakes import FakeClock
from tests.support.raw_network import Address, address_of, resolving, swallowing
from tests.support.scripted_server import ScriptedServer, reply
from tests.support.tls_front import Step, TlsFront
from twilio_connector.errors import OutcomeUnknownError, TwilioConnectorError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio import pool, retries, transport
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.retries import ATTEMPTS, retry_by_proof
from twilio_connector.twilio.transport import exchange

HOST = "twilio.example"
BREAKS_OFF: dict[str, Step] = {
    "hangs up in the handshake": tls_front.hang_up,
    "reset in the handshake": tls_front.reset_in_handshake,
    "alert": tls_front.alert,
    "no TLS": tls_front.speak_plainly,
    "stalls in the handshake": tls_front.stall,
}
CERTIFICATES: dict[str, Callable[[Path], Step]] = {
    "of another host": lambda folder: tls_front.presenting(Authority(folder, "trusted").server("evil.example")),
    "of nobody known": lambda folder: tls_front.presenting(Authority(folder, "stranger").server(HOST)),
}
LOSES = {
    "reset after the handshake": tls_front.reset_unread,
    "request lost": tls_front.lose_the_request,
    "answer lost": tls_front.lose_the_answer,
}


@pytest.fixture(autouse=True)
def _no_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.3)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def twilio() -> Iterator[ScriptedServer]:
    with ScriptedServer(reply(201)) as server:
        yield server


@pytest.fixture
def front(twilio: ScriptedServer, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsFront]:
    """TLS in front of *twilio*, by the name of HOST; what is not said otherwise works."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with TlsFront(address_of(twilio.url), authority.server(HOST), tls_front.serve) as server:
        yield server


def ask(method: str, *ways: Address | None, own: Address, seconds: float = 20) -> int:
    """The status of the answer to a request over *ways*, the first of which is where its name leads at first."""
    with resolving(*ways, own=[own]):
        return ask_again(method, seconds)


def ask_again(method: str, seconds: float = 20) -> int:
    """The same, over the connection that there is."""
    request = Request(method, f"https://{HOST}/x", body=b"a=b" if method == "POST" else None)
    return exchange(request, retry_by_proof(request, Deadline.after(seconds))).status


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("step", BREAKS_OFF)
def test_what_breaks_off_before_the_end_of_the_handshake_was_not_sent(
    step: str, method: str, front: TlsFront, twilio: ScriptedServer
) -> None:
    front.follow(BREAKS_OFF[step])
    with pytest.raises(TwilioUnavailableError, match="could not be reached"):
        ask(method, front.address, own=front.backend)
    assert (front.connections, front.handshakes, twilio.requests) == (ATTEMPTS, 0, [])

    front.follow(BREAKS_OFF[step], tls_front.serve)
    assert ask(method, front.address, own=front.backend) == 201
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("certificate", CERTIFICATES)
def test_nothing_is_sent_to_whoever_does_not_prove_to_be_the_host(
    certificate: str, front: TlsFront, twilio: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = CERTIFICATES[certificate](tmp_path)
    if (trusted := tmp_path / "trusted.pem").exists():
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    front.follow(step)
    with pytest.raises(TwilioUnavailableError, match="could not be reached: SSL"):
        ask("POST", front.address, own=front.backend)
    assert (front.connections, twilio.requests) == (ATTEMPTS, [])


def test_nothing_is_sent_to_a_host_whose_certificate_has_expired(
    front: TlsFront, twilio: ScriptedServer, authority: Authority
) -> None:
    front.follow(tls_front.presenting(authority.server(HOST, until=datetime.now(UTC) - timedelta(days=1))))
    with pytest.raises(TwilioUnavailableError, match="could not be reached: SSL"):
        ask("POST", front.address, own=front.backend)
    assert twilio.requests == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_is_not_found_and_a_connection_that_is_not_made_are_tried_again(
    method: str, front: TlsFront, twilio: ScriptedServer
) -> None:
    with ScriptedServer(reply()) as gone:
        refused = address_of(gone.url)
    with swallowing() as silent:
        assert ask(method, None, refused, silent, front.address, own=front.backend) == 201
        assert len(twilio.requests) == 1
        for way in (None, refused, silent):
            with pytest.raises(TwilioUnavailableError, match="could not be reached"):
                ask(method, way, own=front.backend)
    assert len(twilio.requests) == 1


def test_all_addresses_of_a_name_together_get_the_time_of_one_connection(
    front: TlsFront, twilio: ScriptedServer
) -> None:
    with swallowing() as silent:
        began = time.monotonic()
        with (
            resolving(silent, own=[front.backend], beside=[silent] * 20),
            pytest.raises(TwilioUnavailableError, match="could not be reached"),
        ):
            ask_again("POST")
        # Each of the 21 would have had its own time-out, in each of the attempts.
        assert time.monotonic() - began < 21 * transport.CONNECT_SECONDS
        with resolving(front.address, own=[front.backend], beside=[silent]):
            assert ask_again("POST") == 201
    assert len(twilio.requests) == 1


def test_a_look_up_that_does_not_end_is_given_up(front: TlsFront, twilio: ScriptedServer) -> None:
    answer = threading.Event()
    with resolving(front.address, own=[front.backend]) as names, pytest.MonkeyPatch.context() as patch:
        resolve = names.getaddrinfo
        patch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: (answer.wait(), resolve(*args, **kwargs))[1])
        with pytest.raises(TwilioUnavailableError, match="could not be reached: TimeoutError"):
            ask_again("POST")
        answer.set()
        # What ends after all has nothing to send.
        assert ask_again("POST") == 201
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("step", LOSES)
def test_from_the_first_byte_on_a_change_may_have_been_made(step: str, front: TlsFront, twilio: ScriptedServer) -> None:
    front.follow(LOSES[step], tls_front.serve)
    with pytest.raises(OutcomeUnknownError):
        ask("POST", front.address, own=front.backend)
    assert front.connections == 1
    front.follow(LOSES[step], tls_front.serve)
    assert ask("GET", front.address, own=front.backend) == 201


def test_a_change_that_may_have_been_made_stays_so_whatever_fails_after_it(
    front: TlsFront, twilio: ScriptedServer
) -> None:
    front.follow(tls_front.lose_the_answer, tls_front.alert)
    request = Request("POST", f"https://{HOST}/x")
    asked_for = retry_by_proof(Request("GET", request.url), Deadline.after(20))
    with resolving(front.address, own=[front.backend]), pytest.raises(OutcomeUnknownError):
        exchange(request, asked_for)
    assert (front.connections, len(twilio.requests)) == (ATTEMPTS, 1)


@pytest.mark.parametrize(
    ("method", "seconds", "connections"),
    [("POST", 9, 1), ("POST", 11, 2), ("DELETE", 11, 2), ("GET", 11, 1), ("GET", 3_600, 1), ("POST", 3_600, 2)],
)
@pytest.mark.parametrize("clock", [0, 1], ids=["monotonic", "wall"])
def test_what_changes_something_goes_out_on_a_connection_that_was_in_use_just_now(
    method: str, seconds: float, connections: int, clock: int, front: TlsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = (FakeClock(), FakeClock())
    monkeypatch.setattr(pool, "IDLE_CLOCKS", clocks)
    with resolving(front.address, own=[front.backend]):
        assert ask_again("GET") == 201
        clocks[clock].now += seconds
        assert ask_again(method) == 201
        assert ask_again(method) == 201
        assert front.connections == front.handshakes == connections


def test_a_new_connection_in_place_of_an_old_one_that_fails_has_sent_nothing(
    front: TlsFront, twilio: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(pool, "IDLE_CLOCKS", (clock,))
    with resolving(front.address, own=[front.backend]):
        assert ask_again("GET") == 201
        clock.now += 60
        front.follow(tls_front.reset_in_handshake)
        with pytest.raises(TwilioUnavailableError):
            ask_again("POST")
        assert [request.line.split(" ")[0] for request in twilio.requests] == ["GET"]


@pytest.mark.parametrize("resets", [False, True], ids=["dropped", "reset"])
def test_a_connection_that_a_gateway_has_forgotten_loses_no_change_after_a_rest(
    resets: bool, front: TlsFront, twilio: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(pool, "IDLE_CLOCKS", (clock,))
    with resolving(front.address, own=[front.backend]):
        assert ask_again("GET") == 201
        front.forget(resets=resets)
        with pytest.raises(TwilioConnectorError) as too_early:
            ask_again("POST", seconds=0.5)
        assert type(too_early.value) is OutcomeUnknownError
        assert ask_again("GET") == 201
        front.forget(resets=resets)
        clock.now += 11
        assert ask_again("POST") == 201
    assert [request.line.split(" ")[0] for request in twilio.requests] == ["GET", "GET", "POST"]
