"""The function select_message against the sandbox: a picklist of recent messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.world import World

NOW = datetime.now(UTC).replace(microsecond=0)


def labels(world: World, event: dict[str, Any]) -> list[str]:
    return [choice["label"] for choice in world.invoke("select_message", event)["result"]]


def test_choices_are_the_newest_messages_first_with_their_sids(world: World) -> None:
    (older,) = world.twilio.add(date_sent=NOW - timedelta(hours=1), body="Older", to="+15550000001")
    (newer,) = world.twilio.add(date_sent=NOW, body="Newer", to="+15550000002")
    assert world.invoke("select_message", {}) == {
        "result": [
            {"label": "Newer (+15550000002)", "key": newer},
            {"label": "Older (+15550000001)", "key": older},
        ]
    }


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ("", "No body (+15551234567)"),
        ("x" * 40, f"{'x' * 40} (+15551234567)"),
        ("x" * 41, f"{'x' * 40}… (+15551234567)"),
        ("🙂" * 41, f"{'🙂' * 40}… (+15551234567)"),
    ],
)
def test_a_label_is_the_beginning_of_the_body_and_the_recipient(world: World, body: str, label: str) -> None:
    world.twilio.add(body=body)
    assert labels(world, {}) == [label]


@pytest.mark.parametrize(("given", "expected"), [({}, 100), ({"limit": 1}, 1), ({"limit": "120"}, 120)])
def test_there_are_a_hundred_choices_unless_the_limit_says_otherwise(
    world: World, given: dict[str, Any], expected: int
) -> None:
    world.twilio.add(130)
    assert len(labels(world, given)) == expected
    (request,) = world.twilio.requests
    assert request.query["PageSize"] == str(expected)


@pytest.mark.parametrize(
    ("search", "found"),
    [("hello", 2), ("HELLO w", 1), ("0001", 2), ("+1555000000", 4), ("straße", 1), ("STRASSE", 1), ("nothing", 0)],
)
def test_search_finds_any_part_of_body_sender_or_recipient(world: World, search: str, found: int) -> None:
    texts = [("Hello World", "1"), ("hello", "2"), ("Hauptstraße 5", "3"), ("", "4")]
    for body, end in texts:
        world.twilio.add(body=body, to=f"+1555000000{end}", from_="+15557770000")
    world.twilio.add(body="Other", to="+15559999999", from_="+15558880001")
    assert len(labels(world, {"search": search})) == found


def test_search_looks_at_the_newest_thousand_messages_and_reads_no_further(world: World) -> None:
    world.twilio.add(date_sent=NOW - timedelta(hours=2), body="Needle too old")
    world.twilio.add(date_sent=NOW - timedelta(hours=1), body="Needle old enough")
    world.twilio.add(999, date_sent=NOW)
    assert labels(world, {"search": "needle"}) == ["Needle old enough (+15551234567)"]
    assert len(world.twilio.requests) == 1


def test_a_search_is_limited_too(world: World) -> None:
    world.twilio.add(20, body="Hello")
    assert len(labels(world, {"search": "hello", "limit": 5})) == 5


def test_an_account_without_messages_gives_no_choices(world: World) -> None:
    assert world.invoke("select_message", {}) == {"result": []}
