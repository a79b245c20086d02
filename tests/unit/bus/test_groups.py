"""Groups and identities: those of a conversation and of a repeat, made of an event's contents."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import MESSAGE
from twilio_connector.bus.event import Event
from twilio_connector.bus.groups import GROUPS, conversation_of, metadata_of

OURS, THEIRS = "+15555551234", "+15551234567"
ADDRESSES = st.sampled_from([OURS, THEIRS, "whatsapp:+15551234567", "12345", "ACME", "client:alice"])


def event(data: Any, detail_type: str = "Webhook Received", id_: str = "1", connection: str = "default") -> Event:
    return Event.of(detail_type, {"id": id_, "connection": connection, "body": {"data": data}})


def polled(*pairs: tuple[str, str]) -> Event:
    created = [MESSAGE | {"sid": f"SM{number:032x}", "from": a, "to": b} for number, (a, b) in enumerate(pairs)]
    return event({"created": created, "updated": []}, "New and Updated Records")


# How each kind of event says between whom it is, from one address to another.
WAYS = {
    "a message received": lambda a, b: event({"From": a, "To": b, "Body": "Hello"}, "Message Received"),
    "a status": lambda a, b: event({"From": a, "To": b, "MessageStatus": "sent"}, "Message Status Updated"),
    "a call": lambda a, b: event({"From": a, "To": b, "CallSid": "CA1"}),
    "polled, one": lambda a, b: polled((a, b)),
    "polled, both directions": lambda a, b: polled((a, b), (b, a), (a, b)),
    "sent": lambda a, b: event({"input": {"to": "(555) 123-4567"}, "message": {"from": a, "to": b}}, "Message Sent"),
    "not sent": lambda a, b: event({"input": {"from": a, "to": f" {b}"}, "error": {}}, "Message Send Failed"),
    "opted out": lambda a, b: event({"recipient": a, "sender": b}, "Recipient Opted Out"),
    "of Event Streams": lambda a, b: event({"specversion": "1.0", "data": {"from": a, "to": b, "body": "Hello"}}),
}
# What names no two addresses, or more.
WITHOUT = {
    "none": {"Body": "Hello"},
    "one": {"From": OURS},
    "one that is blank": {"From": OURS, "To": " "},
    "several of one name": {"From": [OURS, THEIRS], "To": OURS},
    "of a service": {"message": {"from": None, "to": THEIRS}, "input": {"to": THEIRS}},
    "several conversations": {"created": [{"from": OURS, "to": THEIRS}, {"from": OURS, "to": "+15557654321"}]},
    "nothing polled": {"created": []},
    "no object": "Hello",
    "no data": None,
    "a list": [{"From": OURS, "To": THEIRS}],
    "numbers": {"From": 1, "To": 2},
}


@pytest.mark.parametrize("way", WAYS)
def test_both_directions_of_a_conversation_are_one_group_however_it_is_told(way: str) -> None:
    wanted = metadata_of(WAYS["a message received"](THEIRS, OURS)).group
    assert metadata_of(WAYS[way](OURS, THEIRS)).group == metadata_of(WAYS[way](THEIRS, OURS)).group == wanted


@given(ADDRESSES, ADDRESSES, ADDRESSES, ADDRESSES)
@settings(max_examples=40, deadline=None)
def test_a_conversation_is_its_two_addresses(a: str, b: str, c: str, d: str) -> None:
    same = conversation_of({"From": a, "To": b}) == conversation_of({"From": c, "To": d})
    assert same == (sorted([a, b]) == sorted([c, d]))


@pytest.mark.parametrize("data", WITHOUT.values(), ids=WITHOUT)
def test_what_names_no_conversation_is_in_the_group_of_its_connection(data: Any) -> None:
    of_connection = metadata_of(event({}, connection="default")).group
    assert metadata_of(event(data)).group == of_connection
    assert metadata_of(event(data, connection="other")).group != of_connection


def test_groups_are_bounded_and_conversations_spread_over_all_of_them() -> None:
    found = [metadata_of(event({"From": OURS, "To": f"+1555{number:07d}"})).group for number in range(2_000)]
    assert all(len(group) == 3 and 0 <= int(group, 16) < GROUPS for group in found)
    # As many as chance has it: 4,096 * (1 - (1 - 1 / 4,096) ** 2,000) is 1,582.
    assert 1_480 < len(set(found)) < 1_680
    assert all(any(int(group, 16) // 256 == part for group in found) for part in range(16))


def test_a_group_is_the_same_in_every_process_and_version() -> None:
    # Else an upgrade would put a conversation out of order, and its repeats on the bus.
    metadata = metadata_of(event({"From": OURS, "To": THEIRS}, "Message Received", "SM1"))
    assert metadata.group == "559"
    assert metadata.identity == "067fa001c14511a0e04ab7ebf791ff1f76006b961dc5c2b4499de71d2beb614f"


def test_what_identifies_an_event_is_its_kind_its_connection_and_its_id() -> None:
    one = metadata_of(event({"From": OURS, "To": THEIRS}))
    assert metadata_of(event({"From": OURS, "To": THEIRS, "receivedAt": "later"})).identity == one.identity
    others = [
        event({}, "Message Received"),
        event({}, id_="2"),
        # Keys of sends are of a connection: another's is another text.
        event({}, connection="other"),
    ]
    assert len({one.identity, *(metadata_of(each).identity for each in others)}) == 4


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
@settings(max_examples=40, deadline=None)
def test_whatever_an_id_holds_it_is_told_from_others_in_128_characters(one: str, other: str) -> None:
    first, second = (metadata_of(event({}, id_=f"x{each}")).identity for each in (one, other))
    assert (first == second) == (one == other)
    assert 1 <= len(first) <= 128


@pytest.mark.parametrize(
    "detail", ["", "{", "[]", "1", "{}", '{"body": 1}', '{"body": {"data": {"created": 1}}}'], ids=ascii
)
def test_what_is_no_detail_of_ours_is_left_for_the_bus_to_refuse(detail: str) -> None:
    found = metadata_of(Event("t", detail))
    assert metadata_of(Event("t", detail)) == found != metadata_of(Event("t", f"{detail} "))


def test_an_event_of_a_version_that_gave_it_no_id_is_identified_by_what_it_holds() -> None:
    def old(*numbers: int) -> Event:
        created = [MESSAGE | {"sid": f"SM{number:032x}"} for number in numbers]
        detail = {"body": {"data": {"created": created, "updated": []}}, "connection": "default"}
        return Event("New and Updated Records", json.dumps(detail))

    assert metadata_of(old(1, 2)) == metadata_of(old(1, 2))
    assert metadata_of(old(1, 2)).identity != metadata_of(old(1, 3)).identity
