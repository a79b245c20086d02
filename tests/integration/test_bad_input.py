"""Bad input of each action: it gives its error class, and no request leaves."""

from typing import Any

import pytest

from tests.support.world import World
from twilio_connector.errors import ConnectionConfigError, InvalidInputError

SEND = {"to": "+15551234567", "from": "+15555551234", "message": "Hello"}
GET = {"messageSid": "SM" + "b" * 32}
RAW = {"url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", "method": "GET"}
PROPER: dict[str, dict[str, Any]] = {
    "send_sms": SEND,
    "get_sms": GET,
    "list_messages": {},
    "select_message": {},
    "raw_request": RAW,
    "poll": {},
    "update_message": GET | {"action": "redact"},
    "reconcile": {},
}
SECRETS = {
    "broken": "{",
    "empty": "{}",
    "half": '{"accountSid": "AC0123456789abcdef0123456789abcdef", "apiKeySid": "SK0123456789abcdef0123456789abcdef"}',
    "swapped": '{"accountSid": "SK0123456789abcdef0123456789abcdef", "authToken": "token"}',
}

BAD_FIELDS: dict[str, list[dict[str, Any]]] = {
    "send_sms": [
        {"to": None},
        {"to": " "},
        {"to": True},
        {"to": 1.5551234567e-10},
        {"to": "123"},
        {"to": "+15551234567 ext. 9"},
        {"from": ""},
        {"from": ["+15555551234"]},
        {"from": "much too long a sender"},
        {"message": ""},
        {"message": {"text": "Hello"}},
        {"message": 1.5},
        {"message": 2**63},
        {"message": "x" * 1_601},
        {"message": "\ud800"},
        {"mediaUrl": 0},
        {"mediaUrl": "file:///etc/passwd"},
        {"mediaUrl": "https://example.com/a b.png"},
        {"messagingServiceSid": "MG" + "0" * 31},
        {"contentSid": "HX" + "0" * 33},
        {"shortenUrls": True},
        {"riskCheck": "skip"},
        {"attempt": 0},
        {"tags": {"campaign": 5}},
        {"statusCallback": "not a URL"},
        {"sendAt": "2030-01-01T00:00:00Z"},
        {"validityPeriod": 0},
        {"idempotencyKey": "k" * 257},
    ],
    "get_sms": [
        {"messageSid": None},
        {"messageSid": ""},
        {"messageSid": 5},
        {"messageSid": "SM" + "b" * 31},
        {"messageSid": "SM" + "b" * 33},
        {"messageSid": "AC" + "b" * 32},
        {"messageSid": "SM" + "g" * 32},
        {"messageSid": "SM" + "b" * 32 + "\n/../x"},
        {"messageSid": "../Accounts"},
    ],
    "reconcile": [
        {"from": "much too long a sender"},
        {"lookBackHours": 0},
        {"lookBackHours": 721},
        {"lookBackHours": 1.5},
        {"since": "yesterday"},
        {"since": "2999-01-01"},
        {"since": 1773585130},
        {"showNewRecords": True},
    ],
    "update_message": [
        {"messageSid": None},
        {"messageSid": 5},
        {"messageSid": ["SM" + "b" * 32]},
        {"messageSid": "SM" + "b" * 32 + ",SM" + "c" * 32},
        {"messageSid": "SM" + "b" * 32 + "/Media"},
        {"messageSid": "SM" + "b" * 32 + ".json?"},
        {"messageSid": "CA" + "b" * 32},
        {"action": None},
        {"action": ""},
        {"action": "canceled"},
        {"action": ["cancel", "delete"]},
        {"action": True},
    ],
    "list_messages": [
        {"from": 5},
        {"to": "123 4"},
        {"dateSentAfter": "yesterday"},
        {"dateSentAfter": 1773585130},
        {"dateSentBefore": "2026-13-01"},
        {"limit": 0},
        {"limit": 10_001},
        {"limit": "all"},
        {"limit": True},
        {"pageToken": "x"},
        {"pageToken": 5},
    ],
    "select_message": [
        {"limit": 0},
        {"limit": 1_001},
        {"limit": [1]},
        {"limit": 1.5},
        {"search": True},
        {"search": ["x"]},
    ],
    "raw_request": [
        {"url": None},
        {"url": True},
        {"url": "https://evil.example/2010-04-01/Accounts.json"},
        {"url": "http://api.twilio.com/2010-04-01/Accounts.json"},
        {"url": "https://api.twilio.com:8443/2010-04-01/Accounts.json"},
        {"url": "https://api.twilio.com@evil.example/"},
        {"url": "https://user:password@api.twilio.com/2010-04-01/Accounts.json"},
        {"url": "//evil.example/x"},
        {"url": "/Accounts/../../x"},
        {"url": "/Accounts/%2e%2E/x"},
        {"url": "/Accounts\r\nHost: evil.example"},
        {"url": "/Accounts\\..\\x"},
        {"method": "TRACE"},
        {"method": 5},
        {"method": "GET / HTTP/1.1\r\nX:"},
        {"headers": {"Authorization": "Basic x"}},
        {"headers": ["Host: evil.example"]},
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": 5},
        {"queryParams": 5},
        {"responseType": "xml"},
        {"method": "POST", "data": {"a": 1}, "formData": {"b": "2"}},
        {"timeout": 0},
        {"timeout": "soon"},
        {"maxRetries": 11},
        {"retryDelayMS": -1},
        {"retryAllErrors": "perhaps"},
    ],
    "poll": [{"from": 5}, {"to": "123 4"}, {"since": "yesterday"}, {"showNewRecords": "perhaps"}],
}


@pytest.mark.parametrize("function", PROPER)
def test_input_of_the_wrong_shape_is_refused(world: World, subtests: pytest.Subtests, function: str) -> None:
    unknown = [PROPER[function] | {"unknown": 1}, PROPER[function] | {"Connection": "default"}]
    events: list[Any] = [None, [], "text", 5, *unknown]
    for event in events:
        with subtests.test(event=event), pytest.raises(InvalidInputError):
            world.invoke(function, event)
    assert world.twilio.requests == []


@pytest.mark.parametrize("function", PROPER)
def test_a_bad_value_of_any_input_is_refused(world: World, subtests: pytest.Subtests, function: str) -> None:
    for change in BAD_FIELDS[function]:
        with subtests.test(change=change), pytest.raises(InvalidInputError):
            world.invoke(function, PROPER[function] | change)
    assert world.twilio.requests == []
    assert world.bus.entries == []


@pytest.mark.parametrize("function", PROPER)
def test_an_impossible_connection_is_refused_and_an_unusable_one_told(
    world: World, subtests: pytest.Subtests, function: str
) -> None:
    for name, secret in SECRETS.items():
        world.put_connection(name, secret)
    impossible: list[Any] = [True, 5.5, ["default"], "../default", "default/auth-token", "a b", "x" * 65]
    for connection in impossible:
        with subtests.test(connection=connection), pytest.raises(InvalidInputError):
            world.invoke(function, PROPER[function] | {"connection": connection})
    unusable: list[Any] = ["nobody", 5, *SECRETS]
    for connection in unusable:
        with subtests.test(connection=connection), pytest.raises(ConnectionConfigError, match=str(connection)):
            world.invoke(function, PROPER[function] | {"connection": connection})
    assert world.twilio.requests == []


@pytest.mark.parametrize("function", PROPER)
def test_the_inputs_that_the_bad_ones_are_made_of_are_proper(world: World, function: str) -> None:
    if "messageSid" in PROPER[function]:
        (sid,) = world.twilio.add(status="delivered")
        assert world.invoke(function, PROPER[function] | {"messageSid": sid})
    else:
        assert world.invoke(function, PROPER[function])
