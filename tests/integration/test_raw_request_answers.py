"""raw_request and servers that misbehave: redirects, answers that drip, floods; and what goes out on the wire."""

import gzip
import socket
import time

import pytest

from tests.integration.raw_caller import ACCOUNT_SID, CALLS, MESSAGES, caller
from tests.integration.scripted_server import Exchange, ScriptedServer, drip, flood, reply
from twilio_connector.errors import OutcomeUnknownError, TwilioResponseError, TwilioUnavailableError
from twilio_connector.http_pool import MAX_ANSWER_BYTES


def test_redirects_are_not_followed() -> None:
    with ScriptedServer(reply()) as other, ScriptedServer(reply(307, Location=f"{other.url}/x")) as server:
        with pytest.raises(TwilioResponseError, match="307"):
            caller(server.url)(url=MESSAGES)
        assert other.requests == []


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n"]
)
def test_an_answer_that_drips_in_ends_with_the_budget(head: bytes) -> None:
    with ScriptedServer(drip(head)) as server:
        call, started = caller(server.url), time.monotonic()
        with pytest.raises(TwilioUnavailableError):
            call(url=MESSAGES, timeout=300, maxRetries=2)
        with pytest.raises(OutcomeUnknownError):
            call(url=CALLS, method="POST", timeout=300, maxRetries=2)
        assert time.monotonic() - started < 2


def test_the_budget_covers_all_attempts_and_the_waits_between() -> None:
    with ScriptedServer(reply(500)) as server:
        started = time.monotonic()
        with pytest.raises(TwilioUnavailableError):
            caller(server.url)(url=MESSAGES, timeout=500, maxRetries=10, retryDelayMS=200)
        assert time.monotonic() - started < 1
        assert 2 <= len(server.requests) <= 3


def test_without_a_timeout_the_invocations_time_is_the_budget() -> None:
    with ScriptedServer(drip(b"")) as server:
        started = time.monotonic()
        with pytest.raises(TwilioUnavailableError):
            caller(server.url, seconds=0.3)(url=MESSAGES)
        assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("response_type", ["json", "text", "binary"])
def test_endless_answers_are_cut_and_the_next_request_works(response_type: str) -> None:
    with ScriptedServer(flood, reply(200, b"[1]")) as server:
        call = caller(server.url)
        with pytest.raises(TwilioResponseError, match="6 MB"):
            call(url=MESSAGES, responseType=response_type)
        assert call(url=MESSAGES)["data"] == [1]


def test_compressed_answers_are_read_and_compressed_floods_cut() -> None:
    bomb = gzip.compress(bytes(4 * MAX_ANSWER_BYTES))
    script = (
        reply(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"),
        reply(200, bomb, Content_Encoding="gzip"),
        reply(200, b"no gzip", Content_Encoding="gzip"),
        reply(200, b"[1]"),
    )
    with ScriptedServer(*script) as server:
        call = caller(server.url)
        assert call(url=MESSAGES, headers={"Accept-Encoding": "gzip"})["data"] == {"a": 1}
        for _ in range(2):
            with pytest.raises(TwilioResponseError):
                call(url=MESSAGES)
        assert call(url=MESSAGES)["data"] == [1]


def test_a_truncated_answer_is_a_network_error() -> None:
    truncated = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1,"

    def cut(exchange: Exchange) -> None:
        exchange.send(truncated)
        exchange.connection.shutdown(socket.SHUT_RDWR)

    with ScriptedServer(cut, reply(200, b"[1]")) as server:
        call = caller(server.url)
        assert call(url=MESSAGES, maxRetries=1)["data"] == [1]
        assert len(server.requests) == 2


def test_the_callers_headers_replace_ours_and_the_credentials_stay_ours() -> None:
    with ScriptedServer(reply()) as server:
        caller(server.url)(url=CALLS, method="POST", data={"a": 1}, headers={"user-agent": "curl/7.64.1", "X-A": "b"})
        [request] = server.requests
        assert request.headers.get_all("User-Agent") == ["curl/7.64.1"]
        assert request.headers.get_all("Content-Type") == ["application/json"]
        assert request.headers["X-A"] == "b"
        assert request.headers["Authorization"].startswith("Basic ")
        assert request.body == b'{"a": 1}'


@pytest.mark.parametrize("method", ["LINK", "UNLINK", "PURGE", "OPTIONS", "PATCH", "put"])
def test_unusual_methods_are_sent(method: str) -> None:
    with ScriptedServer(reply()) as server:
        assert caller(server.url)(url=CALLS, method=method)["status"] == 200
        assert server.requests[0].line.startswith(f"{method.upper()} /2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json ")
