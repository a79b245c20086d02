"""Events of polled messages: packed in order, as many in one as may be, never over the limit."""

import json
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.schemas import validate_detail
from tests.support.examples import ACCOUNT_SID, MESSAGE
from twilio_connector.bus.event import MAX_BYTES
from twilio_connector.polling.events import DETAIL_TYPE, MessageEvent, message_events

# Any code points, halves of surrogate pairs among them; repeated, a few of them fill an event.
UNITS = st.text(st.characters(exclude_categories=()), min_size=1, max_size=3)
BODIES = st.builds(lambda unit, times: unit * times, UNITS, st.sampled_from([0, 1, 1_600, 30_000, 60_000]))


def message(number: int, body: str = "Hello") -> dict[str, Any]:
    return MESSAGE | {"sid": f"SM{number:032x}", "body": body}


def pack(messages: list[dict[str, Any]], most: int = 100) -> list[MessageEvent]:
    return list(
        message_events(
            messages, connection="default", account_sid=ACCOUNT_SID, received_at="2026-03-15T14:32:10.000Z", most=most
        )
    )


def created(event: MessageEvent) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(event.event.detail)["body"]["data"]["created"]
    return found


@given(st.lists(BODIES, max_size=30), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_messages_are_packed_in_order_within_both_limits_and_none_is_lost(bodies: list[str], most: int) -> None:
    messages = [message(number, body) for number, body in enumerate(bodies)]

    events = pack(messages, most)

    assert [one for event in events for one in created(event)] == messages
    for event in events:
        assert list(event.sids) == [one["sid"] for one in created(event)]
        assert 1 <= len(event.sids) <= most
        assert event.event.size <= MAX_BYTES or len(event.sids) == 1
        assert len(event.event.detail.encode()) <= event.event.size


@given(st.lists(BODIES, min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_no_event_is_ended_before_it_is_full(bodies: list[str]) -> None:
    events = pack([message(number, body) for number, body in enumerate(bodies)], most=1_000)
    for event, following in pairwise(events):
        sizes = [event.event.size, *(len(json.dumps(one).encode()) for one in created(following)[:1])]
        assert sum(sizes) > MAX_BYTES


def test_the_detail_is_the_payload_of_the_description_and_valid_by_its_schema() -> None:
    (event,) = pack([MESSAGE])
    detail = json.loads(event.event.detail)

    validate_detail(DETAIL_TYPE, detail)
    assert event.event.detail_type == "New and Updated Records"
    assert detail == {
        "id": sha256(json.dumps([MESSAGE["sid"]]).encode()).hexdigest(),
        "body": {"data": {"created": [MESSAGE], "updated": []}},
        "polledNoChanges": False,
        "connection": "default",
        "accountSid": ACCOUNT_SID,
        "receivedAt": "2026-03-15T14:32:10.000Z",
    }


@pytest.mark.parametrize(("count", "most", "sizes"), [(250, 100, [100, 100, 50]), (3, 1, [1, 1, 1]), (0, 100, [])])
def test_an_event_holds_as_many_messages_as_it_may(count: int, most: int, sizes: list[int]) -> None:
    assert [len(event.sids) for event in pack([message(number) for number in range(count)], most)] == sizes


def test_a_message_that_is_too_large_stands_alone_between_its_neighbours() -> None:
    events = pack([message(1), message(2, "x" * MAX_BYTES), message(3)])
    assert [len(event.sids) for event in events] == [1, 1, 1]
    assert [event.event.size > MAX_BYTES for event in events] == [False, True, False]


def test_an_event_is_filled_to_the_limit_and_never_over_it() -> None:
    single = pack([message(1)])[0].event.size
    pair = pack([message(1), message(2)])[0].event.size
    for spare in range(-3, 4):
        filling = message(1, "x" * (MAX_BYTES - pair + len("Hello") - spare))
        events = pack([filling, message(2)])
        assert all(single <= event.event.size <= MAX_BYTES for event in events)
        if abs(spare) > 1:
            assert len(events) == (1 if spare > 0 else 2)


def test_sizes_are_those_of_utf_8() -> None:
    (event,) = pack([message(1, "🙂" * 1_000)])
    assert event.event.size == len("twilio.connector") + len(DETAIL_TYPE) + len(event.event.detail) + 3 * 1_000


def ids(messages: list[dict[str, Any]], most: int = 100) -> list[str]:
    return [json.loads(event.event.detail)["id"] for event in pack(messages, most)]


def test_an_id_is_that_of_the_messages_whatever_twilio_says_of_them_and_in_whatever_order() -> None:
    first, second, third = (message(number) for number in range(3))
    assert ids([first, second]) == ids([second, first | {"status": "delivered"}])
    others = [ids([first]), ids([second]), ids([first, second]), ids([first, third]), ids([first, second, third])]
    assert len({one for each in others for one in each}) == len(others)
