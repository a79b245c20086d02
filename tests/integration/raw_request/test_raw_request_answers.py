"""raw_request and servers that misbehave: slow answers, floods; and what goes out on the wire."""

import base64
import gzip
import socket

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.raw_caller import ACCOUNT_SID, CALLS, MESSAGES, caller
from tests.support.scripted_server import Answer, Exchange, ScriptedServer, flood, reply
from tests.support.world import World
from twilio_connector.errors import OutcomeUnknownError, TwilioResponseError, TwilioUnavailableError
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.pool import MAX_ANSWER_BYTES
from twilio_connector.twilio.request import Request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + b"y" * 30
HEAD = len(ANSWER) - 30


def slowly(at_once: int, seconds: float = 0.1) -> Answer:
    """``ANSWER``, its first *at_once* bytes at once, the others *seconds* apart: whole, but only after a while."""

    def answer(exchange: Exchange) -> None:
        exchange.send(ANSWER[:at_once])
        for octet in ANSWER[at_once:]:
            if exchange.stopping.wait(seconds):
                return
            exchange.send(bytes([octet]))

    return answer


@pytest.mark.parametrize("at_once", [0, 20, HEAD])
def test_an_answer_that_is_not_complete_within_the_budget_is_lost(at_once: int) -> None:
    with ScriptedServer(slowly(at_once, 0), slowly(at_once)) as server:
        call = caller(server.url)
        assert call(url=MESSAGES, timeout=20_000)["data"] == "y" * 30
        with pytest.raises(TwilioUnavailableError):
            call(url=MESSAGES, timeout=300, maxRetries=2)
        with pytest.raises(OutcomeUnknownError):
            call(url=CALLS, method="POST", timeout=300, maxRetries=2)


def test_the_budget_covers_all_attempts_and_the_waits_between() -> None:
    with ScriptedServer(reply(500)) as server:
        with pytest.raises(TwilioUnavailableError):
            caller(server.url)(url=MESSAGES, timeout=500, maxRetries=10, retryDelayMS=200)
        assert len(server.requests) <= 3


def test_without_a_timeout_the_budget_is_the_invocations_time_less_two_seconds(world: World) -> None:
    world.twilio.inject(Fault.Hang(seconds=1, accepted=True), times=2)
    assert world.invoke("raw_request", {"url": MESSAGES}, FakeContext(seconds=30))["status"] == 200
    with pytest.raises(TwilioUnavailableError):
        world.invoke("raw_request", {"url": MESSAGES}, FakeContext(seconds=2.3))


def test_a_caller_who_gives_it_time_waits_longer_for_an_answer_than_the_other_actions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []

    def request(_client: TwilioClient, request: Request, _retries: object) -> None:
        waits.append(request.read_seconds)
        raise TwilioUnavailableError("not sent")

    monkeypatch.setattr(TwilioClient, "request", request)
    with pytest.raises(TwilioUnavailableError):
        caller("http://twilio.example", seconds=60)(url=MESSAGES, timeout=40_000)
    assert waits == [40]


def test_every_byte_goes_out_and_comes_back_as_it_was() -> None:
    octets = bytes(range(256)) * 4_096
    with ScriptedServer(reply(200, octets)) as server:
        file = {"base64": base64.b64encode(octets).decode()}
        result = caller(server.url)(url=CALLS, method="POST", fileData={"a": file}, responseType="binary")
        assert base64.b64decode(result["data"]) == octets
        assert octets in server.requests[0].body


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
        reply(200, gzip.compress("\u00fc".encode() * 1_000)[:-9], Content_Encoding="gzip"),
        reply(200, gzip.compress("\u00fc".encode() * 1_000)[:12], Content_Encoding="gzip"),
        reply(200, b"[1]"),
    )
    with ScriptedServer(*script) as server:
        call = caller(server.url)
        assert call(url=MESSAGES, headers={"Accept-Encoding": "gzip"})["data"] == {"a": 1}
        for _ in range(4):
            with pytest.raises(TwilioResponseError):
                call(url=MESSAGES, responseType="text")
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
