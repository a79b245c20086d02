"""The inputs in `events/`, each through the function that it is for."""

import json
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from tests.support.webhook_requests import load_event
from tests.support.world import World


@pytest.fixture
def message(world: World) -> str:
    """The SID of a message that is there, as send-sms.json would have sent it."""
    sent = load_event("send-sms")
    return world.twilio.add(from_=sent["from"], to=sent["to"], body=sent["message"])[0]


def test_send_sms(world: World) -> None:
    sid = world.invoke("send_sms", load_event("send-sms"))["data"]["sid"]
    assert [one.sid for one in world.twilio.messages] == [sid]


def test_get_sms(world: World, message: str) -> None:
    found = world.invoke("get_sms", {**load_event("get-sms"), "messageSid": message})
    assert found["data"]["sid"] == message


def test_list_messages(world: World, message: str) -> None:
    assert [one["sid"] for one in world.invoke("list_messages", load_event("list-messages"))["data"]] == [message]


def test_select_message(world: World, message: str) -> None:
    assert [one["key"] for one in world.invoke("select_message", load_event("select-message"))["result"]] == [message]


def test_raw_request(world: World, message: str) -> None:
    result = world.invoke("raw_request", load_event("raw-request"))
    assert [one["sid"] for one in result["data"]["messages"]] == [message]


def test_poll(world: World) -> None:
    result: dict[str, Any] = world.invoke("poll", load_event("poll"))
    assert (result["published"], result["polledNoChanges"]) == (0, True)


def test_send_queue(world: World) -> None:
    assert world.invoke("send_sms", load_event("send-queue")) == {"batchItemFailures": []}
    assert len(world.bus.details("Message Sent")) == len(world.bus.details("Message Send Failed")) == 1


def test_undelivered_queue(world: World) -> None:
    event = load_event("undelivered-queue")
    assert world.invoke("redeliver", event) == {"batchItemFailures": []}
    stored = [json.loads(record["body"]) for record in event["Records"]]
    assert [(entry["DetailType"], entry["Detail"]) for entry in world.bus.entries] == [
        (one["detailType"], one["detail"]) for one in stored
    ]


def test_no_file_is_without_a_test() -> None:
    here = {name.removeprefix("test_").replace("_", "-") for name in globals()}
    names = {path.stem for path in (PROJECT_ROOT / "events").glob("*.json")}
    # HTTP requests have their tests among those of the webhook.
    assert {name for name in names if "-api-" not in name and not name.startswith("function-url-")} <= here
