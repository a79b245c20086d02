"""Which text is which send's, what people got twice, and what the bus does not know."""

from itertools import permutations

from local.bus import BusEvent
from local.phone.texts import Send, Text, doubled, pairs, polled_texts, told_statuses, untold
from tests.support.phone import event, status_event

US, THEM = "+15558675309", "+15551234567"


def send(number: int, body: str = "Hello", sid: str = "") -> Send:
    return Send(number, "direct", US, THEM, body, f"key-{number}", 0.0, sid)


def outbound(sid: str, body: str = "Hello", status: str = "delivered") -> Text:
    return Text(sid, False, US, THEM, body, status, owes_callbacks=True)


def inbound(sid: str) -> Text:
    return Text(sid, True, THEM, US, "Hi", "received")


def polled(*sids: str) -> BusEvent:
    created = [
        {"sid": sid, "direction": "inbound", "from": THEM, "to": US, "body": "Hi", "status": "received"} for sid in sids
    ]
    return event("New and Updated Records", id="poll", body={"data": {"created": created}})


def test_a_send_is_paired_by_its_sid_and_else_with_the_first_like_it_that_is_nobodys() -> None:
    sends = [send(1), send(2, sid="SM1"), send(3, "Other"), send(4)]
    assert pairs(sends, [inbound("SM0"), outbound("SM1"), outbound("SM2")]) == {2: "SM1", 1: "SM2"}


def test_what_people_got_beyond_one_a_send_is_doubled() -> None:
    assert doubled([send(1), send(2)], [outbound("SM1"), outbound("SM2")]) == 0
    assert doubled([send(1), send(2)], [outbound("SM1"), outbound("SM2"), outbound("SM3")]) == 1
    # Of what others sent nobody here knows how often it was meant to be.
    assert doubled([send(1)], [outbound("SM1"), outbound("SM2", "Other"), outbound("SM3", "Other")]) == 0
    assert doubled([send(1), send(2)], [outbound("SM1")]) == 0


def test_the_bus_has_to_know_inbound_texts_and_how_outbound_ones_ended() -> None:
    texts = [inbound("SM1"), inbound("SM2"), outbound("SM3"), outbound("SM4", status="sent")]
    assert untold(texts, [polled("SM2")]) == {
        ("Message Received", "SM1"),
        ("Message Status Updated", "SM3:delivered"),
    }
    events = [event("Message Received", id="SM1"), polled("SM2"), status_event("SM3", "delivered", 3)]
    assert untold(texts, events) == set()
    # An earlier status is not the last one.
    assert untold([outbound("SM3")], [status_event("SM3", "sent", 2)]) == {("Message Status Updated", "SM3:delivered")}


def test_nobody_is_owed_callbacks_who_named_no_url_for_them() -> None:
    assert untold([Text("SM1", False, US, THEM, "Hello", "delivered")], []) == set()


def test_the_status_of_the_highest_rank_is_shown_whatever_the_order() -> None:
    events = [
        status_event("SM1", "sent", 2, 1),
        status_event("SM1", "undelivered", 3, 3),
        status_event("SM1", "delivered", 3, 2),
        status_event("SM1", "something new", None, 9),
    ]
    assert [told_statuses(order)["SM1"] for order in permutations(events)] == ["undelivered"] * 24


def test_a_message_is_polled_once() -> None:
    assert [text.sid for text in polled_texts([polled("SM1", "SM2"), polled("SM2", "SM3")])] == ["SM1", "SM2", "SM3"]
