"""raw_request against the sandbox, and against servers that misbehave."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.integration.scripted_server import Answer, ScriptedServer, drip, flood, reply, reset
from tests.local.twilio_sandbox import TwilioSandbox
from twilio_connector.client import TwilioClient
from twilio_connector.connection_store import ConnectionStore
from twilio_connector.deadline import Deadline
from twilio_connector.errors import (
    ConnectionConfigError,
    InvalidInputError,
    OutcomeUnknownError,
    TwilioAuthenticationError,
    TwilioConnectorError,
    TwilioNotFoundError,
    TwilioOptedOutError,
    TwilioRejectedError,
    TwilioResponseError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.http_pool import MAX_ANSWER_BYTES
from twilio_connector.inputs import Inputs
from twilio_connector.raw_request import raw_request
from twilio_connector.raw_retries import retry_as_asked
from twilio_connector.settings import ConnectionSettings
from twilio_connector.transport import exchange

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT_SID = "AC" + "0" * 32
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
CALLS = "/Accounts/$TWILIO_ACCOUNT_SID/Calls.json"
TEXT = {"To": "+15551234567", "From": "+15558675309", "Body": "the secret text"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Call = Callable[..., dict[str, Any]]


class ResourceNotFoundError(Exception):
    """As Secrets Manager raises it."""


class FakeSecrets:
    """Secrets Manager with one secret, the connection ``default``."""

    class exceptions:  # noqa: N801  # boto3's own spelling
        """The errors by their names."""

        ResourceNotFoundException = ResourceNotFoundError

    def __init__(self, **fields: str) -> None:
        self._text = json.dumps(fields)

    def get_secret_value(self, SecretId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803  # boto3's own spelling
        """The secret."""
        if SecretId != "c/default":
            raise ResourceNotFoundError
        return {"SecretString": self._text, "CreatedDate": datetime.now(UTC)}


def caller(api_url: str, seconds: float = 30, **secret: str) -> Call:
    """``raw_request`` in an invocation with *seconds* left, by a connection to *api_url*."""
    secrets = FakeSecrets(**(secret or {"accountSid": ACCOUNT_SID, "authToken": "token"}))
    store = ConnectionStore(cast("SecretsManagerClient", secrets), ConnectionSettings("c/", api_url))
    return lambda **event: raw_request(event, lambda name: TwilioClient(store, name, Deadline.after(seconds)))


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=None, opted_out=["+15550000021"]) as sandbox:
        yield sandbox


@pytest.fixture
def call(twilio: TwilioSandbox) -> Call:
    return caller(
        twilio.url,
        accountSid=twilio.account_sid,
        apiKeySid=twilio.api_key_sid,
        apiKeySecret=twilio.api_key_secret,
    )


# ---------------------------------------------------------------------------------------------------------- the sandbox


def test_the_descriptions_examples_list_messages(twilio: TwilioSandbox, call: Call) -> None:
    [sid] = twilio.add()
    result = call(
        url="/Accounts/$TWILIO_ACCOUNT_SID/Messages.json",
        method="GET",
        headers=["User-Agent: curl/7.64.1"],
        queryParams=[{"key": "PageSize", "value": "20"}, {"key": "To", "value": "+15551234567"}],
        maxRetries="0",
        responseType="json",
        retryAllErrors="false",
        retryDelayMS="0",
        timeout="2000",
        useExponentialBackoff="false",
    )
    assert result["status"] == 200
    assert result["headers"]["content-type"] == "application/json"
    assert [message["sid"] for message in result["data"]["messages"]] == [sid]
    [request] = twilio.requests
    assert request.path == f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
    assert request.query.to_dict() == {"PageSize": "20", "To": "+15551234567"}
    assert request.headers["user-agent"] == "curl/7.64.1"
    assert request.auth_user == twilio.api_key_sid


def test_the_url_alone_is_enough_and_the_next_page_uri_is_one(twilio: TwilioSandbox, call: Call) -> None:
    twilio.add(3)
    first = call(url=f"{MESSAGES}?PageSize=2")["data"]
    second = call(url=first["next_page_uri"])["data"]
    assert [len(first["messages"]), len(second["messages"])] == [2, 1]


def test_query_parameters_are_appended_to_those_of_the_url(twilio: TwilioSandbox, call: Call) -> None:
    for url in (f"{MESSAGES}?Page=0", f"{MESSAGES}?Page=0&", f"{MESSAGES}?"):
        call(url=url, queryParams={"DateSent>": "2026-03-15T00:00:00Z"})
        assert twilio.requests[-1].query["DateSent>"] == "2026-03-15T00:00:00Z"
    assert [request.query.get("Page") for request in twilio.requests] == ["0", "0", None]


def test_the_own_origin_by_its_public_name(twilio: TwilioSandbox, call: Call) -> None:
    assert call(url=f"https://api.twilio.com/2010-04-01{MESSAGES}")["status"] == 200
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(
    "inputs",
    [
        {"data": TEXT, "headers": FORM},
        {"data": "To=%2B15551234567&From=%2B15558675309&Body=the+secret+text"},
        {"formData": TEXT},
        {
            "formData": [
                {"key": key, "value": {"type": "Buffer", "data": list(text.encode())}} for key, text in TEXT.items()
            ]
        },
    ],
)
def test_a_message_is_created_from_data_and_from_form_data(
    twilio: TwilioSandbox, call: Call, inputs: dict[str, Any]
) -> None:
    result = call(url=MESSAGES, method="post", **inputs)
    assert (result["status"], result["data"]["body"]) == (201, "the secret text")
    assert [message.to for message in twilio.messages] == ["+15551234567"]


def test_deleting_answers_without_data(twilio: TwilioSandbox, call: Call) -> None:
    [sid] = twilio.add()
    result = call(url=f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{sid}.json", method="DELETE")
    assert (result["status"], result["data"]) == (204, None)
    assert twilio.messages == []


@pytest.mark.parametrize(("response_type", "kind"), [("text", str), ("binary", str), ("json", dict)])
def test_the_answer_comes_in_the_type_asked_for(call: Call, response_type: str, kind: type) -> None:
    result = call(url=MESSAGES, responseType=response_type)
    assert isinstance(result["data"], kind)
    assert ("isBase64Encoded" in result) is (response_type == "binary")


def test_a_head_has_headers_and_no_data(call: Call) -> None:
    result = call(url=MESSAGES, method="HEAD")
    assert (result["status"], result["data"]) == (200, None)


def test_final_errors_have_their_class_status_and_code(call: Call) -> None:
    with pytest.raises(TwilioNotFoundError, match="20404") as not_found:
        call(url="/Accounts/$TWILIO_ACCOUNT_SID/Nothing.json")
    assert (not_found.value.status, not_found.value.code) == (404, 20404)
    with pytest.raises(TwilioOptedOutError):
        call(url=MESSAGES, method="POST", data=TEXT | {"To": "+15550000021"}, headers=FORM)
    with pytest.raises(TwilioRejectedError, match="20007"):
        call(url=MESSAGES, queryParams={"PageSize": 1001})


def test_wrong_credentials_are_an_authentication_error(twilio: TwilioSandbox) -> None:
    with pytest.raises(TwilioAuthenticationError):
        caller(twilio.url, accountSid=twilio.account_sid, authToken="wrong")(url=MESSAGES)


# ------------------------------------------------------------------------------------------------------------ bad input


BAD_INPUTS: list[dict[str, Any]] = [
    {},
    {"url": ""},
    {"url": 7},
    {"url": MESSAGES, "unheard": "of"},
    {"url": MESSAGES, "connection": "no/name"},
    {"url": MESSAGES, "method": "TRACE"},
    {"url": MESSAGES, "method": "CONNECT"},
    {"url": MESSAGES, "method": "GET / HTTP/1.1\r\nX: y"},
    {"url": MESSAGES, "method": ["GET"]},
    {"url": MESSAGES, "responseType": "xml"},
    {"url": MESSAGES, "timeout": 0},
    {"url": MESSAGES, "timeout": 900_001},
    {"url": MESSAGES, "timeout": "soon"},
    {"url": MESSAGES, "maxRetries": 11},
    {"url": MESSAGES, "retryDelayMS": -1},
    {"url": MESSAGES, "retryAllErrors": "perhaps"},
    {"url": MESSAGES, "headers": "Authorization: Basic x"},
    {"url": MESSAGES, "headers": {"host": "evil.example"}},
    {"url": MESSAGES, "headers": {"X": "y\r\nContent-Length: 0"}},
    {"url": MESSAGES, "headers": {"content-length": "0"}},
    {"url": MESSAGES, "queryParams": "a=b"},
    {"url": MESSAGES, "data": "a", "formData": {"a": "b"}},
    {"url": MESSAGES, "data": "a", "fileData": {"a": "b"}},
    {"url": MESSAGES, "fileData": {"a": {"base64": "?"}}},
    {"url": "https://evil.example/x"},
    {"url": "//evil.example/x"},
    {"url": "https://api.twilio.com@evil.example/x"},
    {"url": "https://api.twilio.com.evil.example/x"},
    {"url": "http://api.twilio.com/x"},
    {"url": "https://api.twilio.com:444/x"},
    {"url": "/Accounts/../../x"},
    {"url": "/Accounts/%252e%252e/x"},
    {"url": "/Accounts\r\nX: y"},
    {"url": "Accounts.json"},
]


@pytest.mark.parametrize("event", BAD_INPUTS)
def test_bad_input_is_refused_before_a_request_leaves(twilio: TwilioSandbox, call: Call, event: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        call(**event)
    assert twilio.requests == []


def test_an_unknown_connection_is_refused_before_a_request_leaves(twilio: TwilioSandbox, call: Call) -> None:
    with pytest.raises(ConnectionConfigError):
        call(url=MESSAGES, connection="unknown")
    assert twilio.requests == []


# -------------------------------------------------------------------------------------------------------------- retries

FAILURES: dict[str, Answer] = {
    "reset": reset,
    "500": reply(500),
    "503 at once": reply(503, Retry_After="0"),
    "429": reply(429),
    "429 at once": reply(429, Retry_After="0"),
    "404": reply(404),
    "400": reply(400),
    "302": reply(302, Location="/elsewhere"),
}
SERVER_SIDE = {"reset", "500", "503 at once"}
THROTTLED = {"429", "429 at once"}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("method", "url", "all_errors", "repeated"),
    [
        ("GET", MESSAGES, False, SERVER_SIDE),
        ("POST", CALLS, False, SERVER_SIDE),
        ("DELETE", CALLS, False, SERVER_SIDE),
        ("POST", MESSAGES, False, THROTTLED),
        ("POST", MESSAGES.replace("M", "%4D"), False, THROTTLED),
        ("GET", MESSAGES, True, set(FAILURES)),
        ("POST", CALLS, True, set(FAILURES)),
        ("POST", MESSAGES, True, set(FAILURES)),
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
            url=CALLS, method="POST", fileData={"a": {"base64": "AAEC"}}, formData={"b": "c"}, maxRetries=2
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


# ---------------------------------------------------------------------------------------- what may have happened or not


@pytest.mark.parametrize("failure", [reply(500), reset])
def test_a_lost_change_is_unknown_and_a_lost_read_unavailable(failure: Answer) -> None:
    with ScriptedServer(failure) as server:
        with pytest.raises(TwilioUnavailableError):
            caller(server.url)(url=MESSAGES)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(OutcomeUnknownError):
                caller(server.url)(url=CALLS, method=method)


def test_a_change_refused_after_an_attempt_that_may_have_succeeded_is_unknown() -> None:
    with ScriptedServer(reset, reply(404)) as server:
        with pytest.raises(OutcomeUnknownError, match="404") as unknown:
            caller(server.url)(url=CALLS, method="DELETE", maxRetries=1)
        assert unknown.value.status == 404
    with ScriptedServer(reply(429), reply(400)) as server, pytest.raises(TwilioRejectedError):
        caller(server.url)(url=CALLS, method="POST", maxRetries=1, retryAllErrors=True)


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_what_never_connected_is_unavailable_unless_an_earlier_attempt_did() -> None:
    url = closed_port()
    with pytest.raises(TwilioUnavailableError):
        caller(url)(url=MESSAGES, method="POST", data="a=b", maxRetries=1)
    retries = retry_as_asked(Inputs({}, []), Deadline.after(5), creates_message=False)
    retries.unsettled.add("HTTP 500")
    with pytest.raises(OutcomeUnknownError):
        exchange("POST", url, headers={}, retries=retries)


def test_no_error_quotes_the_texts_of_the_request() -> None:
    echo = reply(400, json.dumps({"code": 21000, "message": "Bad: the secret text and +15551234567"}).encode())
    with ScriptedServer(echo) as server:
        call = caller(server.url)
        for inputs in ({"data": TEXT, "headers": FORM}, {"data": TEXT}, {"formData": TEXT}, {"queryParams": TEXT}):
            with pytest.raises(TwilioRejectedError, match="21000") as rejected:
                call(url=MESSAGES, method="POST", **inputs)
            assert "secret" not in str(rejected.value)
            assert "555123" not in str(rejected.value)


# ------------------------------------------------------------------------------------------------------ hostile answers


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

    def cut(exchange: Any) -> None:
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
