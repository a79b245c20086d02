"""The bounds of answers over TLS, as Twilio is reached; plain HTTP has them in the tests of raw_request."""

from collections.abc import Iterator

import pytest
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import ReadTimeoutError

from tests.support.certificates import Authority
from tests.support.scripted_server import Answer, ScriptedServer, drip, flood, reply
from twilio_connector.twilio.pool import MAX_ANSWER_BYTES, bounded_pool_manager


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def pool(authority: Authority) -> Iterator[PoolManager]:
    manager = bounded_pool_manager(maxsize=1)
    manager.connection_pool_kw["ca_certs"] = str(authority.file)
    yield manager
    manager.clear()


def get(pool: PoolManager, authority: Authority, *script: Answer) -> tuple[list[bytes], int]:
    """The bodies of as many answers as the script has, and how many connections they took."""
    with ScriptedServer(*script, tls=authority.server("127.0.0.1")) as server:
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


def test_answers_are_whole_and_connections_kept(pool: PoolManager, authority: Authority) -> None:
    assert get(pool, authority, reply(200, b"a"), reply(204, b""), reply(200, b"c")) == ([b"a", b"", b"c"], 1)


def test_an_answer_that_drips_in_times_out(pool: PoolManager, authority: Authority) -> None:
    with pytest.raises(ReadTimeoutError):
        get(pool, authority, drip(b"HTTP/1.1 200 OK\r\n\r\n"))


def test_a_flood_is_cut_and_its_connection_given_up(pool: PoolManager, authority: Authority) -> None:
    (body, following), connections = get(pool, authority, flood, reply(200, b"next"))
    assert (len(body), following, connections) == (MAX_ANSWER_BYTES + 1, b"next", 2)
