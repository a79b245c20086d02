"""What raw_request repeats, and what it says of requests that may or may not have been carried out."""

import json
import socket
from itertools import product
from typing import Any

import pytest

from tests.support.fakes import TIMED_OUT, FakeSecrets
from tests.support.raw_caller import BASIC, CALLS, FORM, MESSAGES, QUEUES, TEXT, caller, caller_with
from tests.support.scripted_server import Answer, ScriptedServer, reply, reset
from twilio_connector.errors import (
    OutcomeUnknownError,
    TwilioConnectorError,
    TwilioRejectedError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.raw_request.request import METHODS
from twilio_connector.raw_request.retries import retry_as_asked
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.transport import exchange

FAILURES: dict[str, Answer] = {
    "reset": reset,
    "500": reply(500),
    "503 at once": reply(503, Retry_After="0"),
    "429": reply(429),
    "429 at once": reply(429, Retry_After="0"),
    "404": reply(404),
    "400": reply(400),
    "302": reply(302),
}
SERVER_SIDE = {"reset", "500", "503 at once"}
THROTTLED = {"429", "429 at once"}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("method", "url", "all_errors", "repeated"),
    [
        ("GET", MESSAGES, False, SERVER_SIDE),
        ("POST", QUEUES, False, SERVER_SIDE),
        ("DELETE", QUEUES, False, SERVER_SIDE),
        ("POST", MESSAGES, False, THROTTLED),
        ("POST", CALLS, False, THROTTLED),
        ("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Unheard/Of.json", False, THROTTLED),
        ("GET", MESSAGES, True, set(FAILURES)),
        ("POST", QUEUES, True, set(FAILURES)),
        ("POST", MESSAGES, True, set(FAILURES)),
        ("POST", CALLS, True, set(FAILURES)),
    ],
)
def test_failures_are_repeated_as_asked_and_as_is_safe(
    method: str, url: str, all_errors: bool, repeated: set[str], failure: str
) -> None:
    with ScriptedServer(FAILURES[failure], reply()) as server:
        call = caller(server.url)
        if failure in repeated:
            assert call(url=url, method=method, maxRetries=1, retryAllErrors=all_errors)["status"] == 200
        else:
            with pytest.raises(TwilioConnectorError):
                call(url=url, method=method, maxRetries=1, retryAllErrors=all_errors)
        assert len(server.requests) == (2 if failure in repeated else 1)


def test_retries_end_at_their_number_with_the_last_error() -> None:
    with ScriptedServer(reply(503)) as server:
        with pytest.raises(TwilioUnavailableError, match="503"):
            caller(server.url)(url=MESSAGES, maxRetries=3)
        assert len(server.requests) == 4


def test_a_multipart_body_is_the_same_in_every_attempt() -> None:
    with ScriptedServer(reply(500), reset, reply()) as server:
        caller(server.url)(
            url=QUEUES, method="POST", fileData={"a": {"base64": "AAEC"}}, formData={"b": "c"}, maxRetries=2
        )
        first, second, third = server.requests
        assert first.body == second.body == third.body
        assert b"\x00\x01\x02" in first.body
        assert len({request.headers["Content-Type"] for request in server.requests}) == 1


def test_a_wait_that_twilio_asks_for_beyond_the_budget_is_not_begun() -> None:
    with ScriptedServer(reply(429, Retry_After="60")) as server:
        with pytest.raises(TwilioThrottledError):
            caller(server.url)(url=MESSAGES, maxRetries=5, retryAllErrors=True, timeout=5000)
        assert len(server.requests) == 1


@pytest.mark.parametrize("failure", [reply(500), reset])
def test_a_lost_change_is_unknown_and_a_lost_read_unavailable(failure: Answer) -> None:
    with ScriptedServer(failure) as server:
        with pytest.raises(TwilioUnavailableError):
            caller(server.url)(url=MESSAGES)
        with pytest.raises(TwilioUnavailableError):
            caller(server.url)(url=MESSAGES, method="HEAD")
        for method in set(METHODS) - {"GET", "HEAD"}:
            with pytest.raises(OutcomeUnknownError):
                caller(server.url)(url=QUEUES, method=method)


def test_a_change_refused_after_an_attempt_that_may_have_succeeded_is_unknown() -> None:
    with ScriptedServer(reset, reply(404)) as server:
        with pytest.raises(OutcomeUnknownError, match="404") as unknown:
            caller(server.url)(url=QUEUES, method="DELETE", maxRetries=1)
        assert unknown.value.status == 404
    with ScriptedServer(reply(429), reply(400)) as server, pytest.raises(TwilioRejectedError):
        caller(server.url)(url=QUEUES, method="POST", maxRetries=1, retryAllErrors=True)


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_what_never_connected_is_unavailable_unless_an_earlier_attempt_did() -> None:
    url = closed_port()
    with pytest.raises(TwilioUnavailableError):
        caller(url)(url=MESSAGES, method="POST", data="a=b", maxRetries=1)
    retries = retry_as_asked(Inputs({}, []), Deadline.after(5), lambda: False)
    retries.unsettled.add("HTTP 500")
    with pytest.raises(OutcomeUnknownError):
        exchange(Request("POST", url), retries)


def test_no_error_quotes_the_texts_of_the_request() -> None:
    echo = reply(400, json.dumps({"code": 21000, "message": "Bad: the secret text and +15551234567"}).encode())
    with ScriptedServer(echo) as server:
        call = caller(server.url)
        variables = {"To": TEXT["To"], "ContentVariables": json.dumps({"1": TEXT["Body"]})}
        for text, way in product((TEXT, variables), ("data", "form", "json text", "formData", "queryParams")):
            inputs: dict[str, Any] = {"data": text, "headers": FORM} if way == "form" else {way: text}
            inputs = {"data": json.dumps(text)} if way == "json text" else inputs
            with pytest.raises(TwilioRejectedError, match="21000") as rejected:
                call(url=MESSAGES, method="POST", **inputs)
            assert "secret" not in str(rejected.value)
            assert "555123" not in str(rejected.value)


class Rotated(FakeSecrets):
    """The connection's secret, which is another one at each reading, or can be read but once."""

    def __init__(self, *texts: str | Exception) -> None:
        super().__init__()
        self.texts = [json.dumps(BASIC), *texts]

    def get_secret_value(self, **arguments: str) -> dict[str, Any]:
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        self.put("c/default", text)
        return super().get_secret_value(**arguments)


@pytest.mark.parametrize("second", [TIMED_OUT, "{}"], ids=["unreadable", "malformed"])
def test_a_secret_that_cannot_be_read_again_does_not_hide_that_the_outcome_is_unknown(second: str | Exception) -> None:
    with ScriptedServer(reply(500), reply(401)) as server, pytest.raises(OutcomeUnknownError, match="HTTP 500"):
        caller_with(Rotated(second), server.url)(url=QUEUES, method="POST", maxRetries=3)


def test_what_the_refused_credentials_have_not_used_is_left_for_the_new_ones() -> None:
    new = json.dumps({**BASIC, "authToken": "new"})
    with ScriptedServer(reply(500), reply(401), reply(500), reply(500), reply()) as server:
        with pytest.raises(OutcomeUnknownError):
            caller_with(Rotated(new), server.url)(url=QUEUES, method="POST", maxRetries=2)
        # The two repeats, and one because the credentials had changed.
        assert len(server.requests) == 4


def test_new_credentials_get_a_request_even_if_no_repeat_was_asked_for() -> None:
    new = json.dumps({**BASIC, "authToken": "new"})
    with ScriptedServer(reply(401), reply()) as server:
        assert caller_with(Rotated(new), server.url)(url=QUEUES, method="POST")["status"] == 200
