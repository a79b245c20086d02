"""raw_request against the sandbox: what works, and what is refused before a request leaves."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.twilio_sandbox import TwilioSandbox
from tests.support.raw_caller import FORM, MESSAGES, TEXT, Call, caller
from twilio_connector.errors import (
    ConnectionConfigError,
    InvalidInputError,
    TwilioAuthenticationError,
    TwilioNotFoundError,
    TwilioOptedOutError,
    TwilioRejectedError,
)


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
    {"url": "Account.json"},
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
