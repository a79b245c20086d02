"""A message that raw_request creates is not sent twice: repeated is what Twilio provably did not accept."""

import socket
from typing import Any

import pytest

from tests.support.raw_caller import ACCOUNT_SID, FORM, MESSAGES, TEXT, caller
from tests.support.raw_network import address_of, resolving
from tests.support.scripted_server import Answer, ScriptedServer, reply, reset
from twilio_connector.errors import OutcomeUnknownError, TwilioUnavailableError

SPELLINGS = [
    MESSAGES,
    MESSAGES.removesuffix(".json"),
    f"{MESSAGES}/",
    f"{MESSAGES}?x",
    f"{MESSAGES}?/Calls.json",
    MESSAGES.replace("Messages", "messages"),
    MESSAGES.replace("M", "%4D"),
    MESSAGES.replace("M", "%254d"),
    MESSAGES.replace("s.json", "s%2Ejson"),
    MESSAGES.replace(".json", ".json%3Fx/y"),
    MESSAGES.replace(".json", ".xml"),
    MESSAGES.replace(".json", ".json;x=y"),
    MESSAGES.replace("/Messages", "/SMS/Messages"),
    f"/2010-04-01{MESSAGES}",
    f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json",
    f"https://api.twilio.com/2010-04-01{MESSAGES}",
    f"HTTPS://API.twilio.com/2010-04-01{MESSAGES}",
]
ASKED: dict[str, Any] = {"data": TEXT, "headers": FORM, "maxRetries": 2}


@pytest.mark.parametrize("url", SPELLINGS)
@pytest.mark.parametrize("failure", [reply(500), reply(503, Retry_After="0"), reset], ids=["500", "503", "reset"])
def test_what_may_have_been_accepted_is_not_repeated_however_it_is_spelt(url: str, failure: Answer) -> None:
    with ScriptedServer(failure) as server:
        with pytest.raises(OutcomeUnknownError):
            caller(server.url)(url=url, method="post", **ASKED)
        assert len(server.requests) == 1


@pytest.mark.parametrize("url", SPELLINGS)
def test_what_twilio_throttled_is_repeated(url: str) -> None:
    with ScriptedServer(reply(429), reply(429, Retry_After="0"), reply(201)) as server:
        assert caller(server.url)(url=url, method="POST", **ASKED)["status"] == 201
        assert len({request.body for request in server.requests}) == 1
        assert len(server.requests) == 3


@pytest.mark.parametrize("all_errors", [False, True])
def test_what_never_connected_is_repeated(all_errors: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()
    with ScriptedServer(reply(201)) as server, resolving(closed, None, address_of(server.url)) as names:
        call = caller("http://twilio.example")
        assert call(url=MESSAGES, method="POST", retryAllErrors=all_errors, **ASKED)["status"] == 201
        assert (len(names.asked), len(server.requests)) == (3, 1)


def test_what_never_connected_to_the_end_is_known_not_to_have_been_sent() -> None:
    with resolving(None) as names:
        with pytest.raises(TwilioUnavailableError):
            caller("http://twilio.example")(url=MESSAGES, method="POST", **ASKED)
        assert len(names.asked) == 3


@pytest.mark.parametrize("failure", [reply(500), reset], ids=["500", "reset"])
def test_whoever_asks_for_retries_of_all_errors_gets_them_and_is_told_what_may_have_happened(failure: Answer) -> None:
    with ScriptedServer(failure, reply(400)) as server:
        with pytest.raises(OutcomeUnknownError, match="400"):
            caller(server.url)(url=MESSAGES, method="POST", retryAllErrors=True, **ASKED)
        assert len(server.requests) == 3
