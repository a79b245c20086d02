"""The inputs in `events/`, each through the function that it is for.

The HTTP requests there are tested in `tests/unit/test_event_files.py`.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.schemas import validate_document
from tests.support.example_account import add_example, brought_up_to_date
from tests.support.examples import MESSAGE, MESSAGE_SID
from tests.support.page_examples import AND_MORE, MORE, is_like
from tests.support.webhook_requests import INPUTS, load_event
from tests.support.world import World

# The function that each input is for and, where the account has the example's message, its result.
RESULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "get-sms": ("get_sms", {"data": {"sid": MESSAGE_SID, **AND_MORE}}),
    "list-messages": ("list_messages", {"data": [{"sid": MESSAGE_SID, **AND_MORE}], "nextPageToken": None}),
    "poll": ("poll", {"published": 0, "polledNoChanges": True, **AND_MORE}),
    "raw-request": ("raw_request", {"data": {"messages": [{"sid": MESSAGE_SID, **AND_MORE}], **AND_MORE}, **AND_MORE}),
    "reconcile": ("reconcile", {"published": 0, "skipped": False, **AND_MORE}),
    "select-message": ("select_message", {"result": [{"key": MESSAGE_SID, **AND_MORE}]}),
    "send-queue": ("send_sms", {"batchItemFailures": []}),
    "send-sms": ("send_sms", {"data": {"sid": f"SM{MORE}", **AND_MORE}}),
    "undelivered-queue": ("redeliver", {"batchItemFailures": []}),
    "update-message": ("update_message", {"data": {"sid": MESSAGE_SID, "body": "", **AND_MORE}}),
}
# Twilio redacts what is complete.
STATUSES = {"update-message": "delivered"}


@pytest.mark.parametrize("name", INPUTS)
def test_the_function_takes_the_input(world: World, name: str) -> None:
    job, expected = RESULTS[name]
    sent = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    add_example(world, sent=sent, status=STATUSES.get(name, MESSAGE["status"]))
    result = world.invoke(job, brought_up_to_date(load_event(name), sent))
    assert is_like(result, expected), result
    if not name.endswith("-queue"):
        validate_document(f"results/{name}", result)


def test_every_result_is_that_of_a_file() -> None:
    assert RESULTS.keys() == set(INPUTS)


def test_the_input_of_send_sms_sends_one_text(world: World) -> None:
    sid = world.invoke("send_sms", load_event("send-sms"))["data"]["sid"]
    assert [one.sid for one in world.twilio.messages] == [sid]


def test_of_the_send_queue_s_inputs_one_is_sent_and_one_fails(world: World) -> None:
    world.invoke("send_sms", load_event("send-queue"))
    assert len(world.bus.details("Message Sent")) == len(world.bus.details("Message Send Failed")) == 1


def test_what_the_undelivered_queue_holds_is_published_as_it_is(world: World) -> None:
    event = load_event("undelivered-queue")
    world.invoke("redeliver", event)
    stored = [json.loads(record["body"]) for record in event["Records"]]
    assert [(entry["DetailType"], entry["Detail"]) for entry in world.bus.entries] == [
        (one["detailType"], one["detail"]) for one in stored
    ]
