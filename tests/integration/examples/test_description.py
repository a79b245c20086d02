"""The product description's own examples: each of its inputs works, each of its payloads comes out field by field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.example_account import EXAMPLE, add_example
from tests.support.examples import MESSAGE, MESSAGE_SID
from tests.support.world import World
from twilio_connector.errors import TwilioNotFoundError
from twilio_connector.instants import format_instant

# The raw request's documented values, but for those of its body.
RAW: dict[str, Any] = {
    "url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json",
    "headers": ["User-Agent: curl/7.64.1"],
    "maxRetries": "0",
    "responseType": "json",
    "retryAllErrors": "false",
    "retryDelayMS": "0",
    "timeout": "2000",
    "useExponentialBackoff": "false",
}


def test_send_sms(world: World) -> None:
    event = {"from": "5555551234", "message": "Hello from Acme!", "to": "5551234567"}
    message = world.invoke("send_sms", event)["data"]
    assert (message["from"], message["to"]) == ("+15555551234", "+15551234567")
    assert message["body"] == "Hello from Acme!"
    assert (message["status"], message["direction"]) == ("queued", "outbound-api")
    assert message.keys() == MESSAGE.keys()


def test_get_sms(world: World) -> None:
    add_example(world)
    assert world.invoke("get_sms", EXAMPLE | {"messageSid": MESSAGE_SID}) == {"data": MESSAGE}
    with pytest.raises(TwilioNotFoundError):
        world.invoke("get_sms", EXAMPLE | {"messageSid": "SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"})


def test_list_messages(world: World) -> None:
    add_example(world)
    assert world.invoke("list_messages", EXAMPLE) == {"data": [MESSAGE], "nextPageToken": None}


def test_select_message(world: World) -> None:
    add_example(world)
    label = "Your appointment is confirmed for tomorr… (+15551234567)"
    assert world.invoke("select_message", EXAMPLE) == {"result": [{"label": label, "key": MESSAGE_SID}]}


def test_raw_request(world: World) -> None:
    add_example(world)
    query = {"key1": "value1", "key2": "value2"}
    result = world.invoke("raw_request", RAW | EXAMPLE | {"method": "GET", "queryParams": query})
    assert result["status"] == 200
    assert result["data"]["messages"][0]["sid"] == MESSAGE_SID
    (request,) = world.twilio.requests
    assert request.headers["user-agent"] == "curl/7.64.1"
    assert request.query.to_dict() == query


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"data": {"exampleKey": "Example Data"}}, b'{"exampleKey": "Example Data"}'),
        (
            {"formData": [{"key": "Example Key", "value": {"type": "Buffer", "data": list(b"Hello World")}}]},
            b"Hello World",
        ),
        ({"fileData": [{"key": "example.txt", "value": "My File Contents"}]}, b"My File Contents"),
    ],
    ids=["data", "formData", "fileData"],
)
def test_raw_request_with_a_body(world: World, body: dict[str, Any], sent: bytes) -> None:
    url = "/Accounts/$TWILIO_ACCOUNT_SID/Messages/SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.json"
    with pytest.raises(TwilioNotFoundError):
        world.invoke("raw_request", RAW | {"method": "POST", "url": url} | body)
    (request,) = world.twilio.requests
    assert sent.replace(b" ", b"") in request.body.replace(b" ", b"")


@pytest.mark.parametrize("twilio", [{"null_dates_match_filters": True}], indirect=True)
def test_polling_payload(world: World) -> None:
    created = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    add_example(world, created)
    # All of the trigger's documented inputs, the filters as the example's numbers.
    event = EXAMPLE | {"from": "+15558675309", "to": "+15551234567", "showNewRecords": True, "showUpdatedRecords": True}

    assert world.invoke("poll", event | {"since": created.isoformat()})["published"] == 1

    (detail,) = world.bus.details("New and Updated Records")
    dates = {"dateCreated": format_instant(created), "dateUpdated": format_instant(created)}
    assert detail["body"] == {"data": {"created": [MESSAGE | dates], "updated": []}}
    assert detail["polledNoChanges"] is False
