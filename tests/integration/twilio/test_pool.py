"""The bounds of answers over TLS, as Twilio is reached; plain HTTP has them in the tests of raw_request."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import ReadTimeoutError

from tests.support.raw_network import write_certificate
from tests.support.scripted_server import Answer, ScriptedServer, drip, flood, reply
from twilio_connector.twilio.pool import MAX_ANSWER_BYTES, bounded_pool_manager


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a self-signed certificate of 127.0.0.1."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem", "127.0.0.1")


@pytest.fixture
def pool(certificate: Path) -> Iterator[PoolManager]:
    manager = bounded_pool_manager(maxsize=1)
    manager.connection_pool_kw["ca_certs"] = str(certificate)
    yield manager
    manager.clear()


def get(pool: PoolManager, certificate: Path, *script: Answer) -> tuple[list[bytes], int]:
    """The bodies of as many answers as the script has, and how many connections they took."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ScriptedServer(*script, tls=context) as server:
        responses = [
            pool.urlopen(
                "GET",
                server.url,
                preload_content=False,
                release_conn=True,
                retries=False,
                timeout=Timeout(connect=5, read=0.5),
            )
            for _ in script
        ]
        return [response.data for response in responses], server.connections


def test_answers_are_whole_and_connections_kept(pool: PoolManager, certificate: Path) -> None:
    assert get(pool, certificate, reply(200, b"a"), reply(204, b""), reply(200, b"c")) == ([b"a", b"", b"c"], 1)


def test_an_answer_that_drips_in_times_out(pool: PoolManager, certificate: Path) -> None:
    with pytest.raises(ReadTimeoutError):
        get(pool, certificate, drip(b"HTTP/1.1 200 OK\r\n\r\n"))


def test_a_flood_is_cut_and_its_connection_given_up(pool: PoolManager, certificate: Path) -> None:
    (body, following), connections = get(pool, certificate, flood, reply(200, b"next"))
    assert (len(body), following, connections) == (MAX_ANSWER_BYTES + 1, b"next", 2)
