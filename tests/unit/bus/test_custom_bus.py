"""Publishing on a Custom Event Bus, against a stub of botocore's own model: in order, and nothing lost or doubled."""

import json
import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.custom_bus import ARN, CustomBus, Fault, errors, served
from tests.support.custom_bus_model import cut_down, whole
from tests.support.examples import example_events
from tests.support.fakes import FakeClock, FakeQueue
from twilio_connector.aws import Aws
from twilio_connector.aws_session import CUSTOM_BUS, CUSTOM_BUS_MODEL
from twilio_connector.bus.custom_bus import ENTRIES_PER_REQUEST, ENTRY_BYTES, REQUEST_BYTES, CustomBusPublisher
from twilio_connector.bus.event import MAX_BYTES, Event, EventTooLargeError
from twilio_connector.bus.groups import metadata_of
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import EventsRefusedError
from twilio_connector.bus.redelivery import Redelivery
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.invocation.deadline import Deadline

OURS = "+15555551234"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@cache
def client() -> Any:
    return Aws(attempts=1).custom_bus


@pytest.fixture
def bus() -> Iterator[CustomBus]:
    with ExitStack() as stack:
        found = CustomBus()
        stack.enter_context(served(client(), found))
        yield found


def publisher(pauses: list[float] | None = None, repeats: int = 2) -> CustomBusPublisher:
    slept: list[float] = [] if pauses is None else pauses
    return CustomBusPublisher(
        client(), ARN, retry_seconds=[0.1, 0.4][:repeats] + [1] * (repeats - 2), sleep=slept.append
    )


def said(number: int, other: int = 0, size: int = 0) -> Event:
    """The *number*-th text of the conversation with *other*."""
    data = {"From": OURS, "To": f"+1555{other:07d}", "Body": "x" * size}
    return Event.of("Message Received", {"id": f"SM{number}", "connection": "default", "body": {"data": data}})


def numbers(bus: CustomBus) -> dict[str, list[int]]:
    """The texts that the bus has taken, by conversation."""
    found: dict[str, list[int]] = {}
    for each in bus.taken:
        found.setdefault(each.detail["body"]["data"]["To"], []).append(int(each.detail["id"][2:]))
    return found


def test_the_model_in_the_layer_is_botocore_s_own_cut_down() -> None:
    assert json.loads(CUSTOM_BUS_MODEL.read_text()) == cut_down(whole()), "tests/support/custom_bus_model.py makes it"
    assert CUSTOM_BUS_MODEL.stat().st_size < 15_000


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_by_that_model_a_client_sends_what_one_by_the_whole_model_sends(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    sent = []
    clients: list[Any] = [Aws(attempts=1).custom_bus, Session().create_client(CUSTOM_BUS)]
    for mine in clients:

        def keep(request: Any, **_: Any) -> None:
            sent.append((request.method, request.url, request.body, request.headers["smithy-protocol"]))
            raise KeyboardInterrupt

        mine.meta.events.register("before-send", keep)
        entry = {"Source": "a", "DetailType": "b", "Detail": "{}", "SystemMetadata": {"EventGroupId": "c"}}
        with pytest.raises(KeyboardInterrupt):
            mine.put_events(EventBusArn=ARN, Entries=[entry])
    assert sent[0] == sent[1]
    assert f"eventsv2.{region}." in sent[0][1]


def test_the_client_knows_no_more_of_the_service_than_it_needs() -> None:
    assert client().meta.service_model.operation_names == ["PutEvents"]
    assert not client().can_paginate("put_events")
    assert client().waiter_names == []


def test_events_are_on_the_bus_as_they_are_told_each_in_its_group(bus: CustomBus) -> None:
    wanted = [*example_events(3), said(1), said(2, other=5)]
    publisher().publish(wanted)
    assert [each.detail for each in bus.taken] == [json.loads(event.detail) for event in wanted]
    assert {(each.group, each.identity) for each in bus.taken} == {tuple(metadata_of(event)) for event in wanted}
    assert {entry["Source"] for request in bus.requests for entry in request} == {"twilio.connector"}


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from([0, 10, 60_000, 200_000])), max_size=130))
@settings(max_examples=15, deadline=None)
def test_requests_stay_within_both_limits_and_keep_the_order_of_each_group(told: list[tuple[int, int]]) -> None:
    bus = CustomBus()
    events = [said(number, other, size) for number, (other, size) in enumerate(told)]
    rows = publisher()._rows(events)
    with served(client(), bus), ThreadPoolExecutor(4) as threads:
        publisher().publish(events, threads=threads)

    assert all(1 <= len(request) <= ENTRIES_PER_REQUEST for request in bus.requests)
    for other, order in numbers(bus).items():
        assert order == [number for number, (to, _) in enumerate(told) if f"+1555{to:07d}" == other]
    # One group, one row; and no more calls than the limits ask for, but for one that is not full by row.
    of_rows = [{entry.given["SystemMetadata"]["EventGroupId"] for call in row for entry in call} for row in rows]
    assert sum(map(len, of_rows)) == len(set().union(*of_rows))
    size = sum(event.size + ENTRY_BYTES for event in events)
    assert len(bus.requests) <= 2 * (size / REQUEST_BYTES + len(events) / ENTRIES_PER_REQUEST) + 7


def test_a_request_is_filled_to_its_last_byte_and_not_beyond(bus: CustomBus) -> None:
    # Short texts of many bytes and long ones: what surrounds them is never more than is reckoned with.
    publisher().publish([said(number, number) for number in range(250)])
    publisher().publish([said(1_000 + number, number, 104_500) for number in range(23)])
    assert [len(request) for request in bus.requests] == [100, 100, 50, 9, 9, 5]


def test_an_event_that_is_too_large_for_the_other_bus_is_so_for_this_one(bus: CustomBus) -> None:
    full = Event.of("t", {"id": "1", "pad": ""})
    fitting = Event.of("t", {"id": "1", "pad": "x" * (MAX_BYTES - full.size)})
    publisher().publish([fitting])
    assert len(bus.taken) == 1
    with pytest.raises(EventTooLargeError, match=f"'t' event of {MAX_BYTES + 1:,} bytes"):
        publisher().publish([said(1), Event.of("t", {"id": "1", "pad": "x" * (MAX_BYTES - full.size + 1)})])
    assert len(bus.taken) == 1


@pytest.mark.parametrize("texts", ["\ud800", "\uffff", "\x00", "😀" * 500], ids=ascii)
def test_whatever_a_text_holds_arrives(texts: str, bus: CustomBus) -> None:
    data = {"From": texts, "To": OURS, "Body": texts}
    publisher().publish([Event.of("Message Received", {"id": texts, "connection": "a", "body": {"data": data}})])
    assert bus.taken[0].detail["body"]["data"] == data


def test_a_repeat_within_five_minutes_is_a_success_and_not_on_the_bus_again() -> None:
    clock = FakeClock()
    bus = CustomBus(clock=lambda: clock.now)
    with served(client(), bus):
        for seconds, taken in ((0, 1), (299, 1), (302, 2)):
            clock.now = seconds
            publisher().publish([said(1)])
            assert len(bus.taken) == taken
    assert bus.suppressed == 1


@pytest.mark.parametrize("code", errors())
def test_an_error_of_the_model_s_is_met_again_after_pauses_and_then_loses_nothing(code: str, bus: CustomBus) -> None:
    pauses: list[float] = []
    wanted = [said(1), said(2, other=5)]
    bus.meets = [Fault(error=code), Fault(error=code)]
    publisher(pauses).publish(wanted)
    assert len(bus.taken) == 2
    assert pauses == [0.1, 0.4]
    bus.away = Fault(error=code)
    with pytest.raises(EventsRefusedError, match=code) as told:
        publisher().publish([said(3), said(4)])
    assert told.value.events == [said(3), said(4)]


# Not an answer of the service's, or none at all, whether it has taken the events or not.
WITHOUT_ANSWER = {
    f"{name}, {'taken' if done else 'not taken'}": replace(fault, done=done)
    for done in (True, False)
    for name, fault in {
        "lost": Fault(lost=True),
        "empty": Fault(body=b""),
        "of somebody else": Fault(body=b"<html>Log in</html>"),
        "of somebody else, 403": Fault(body=b"<html>Log in</html>", status=403),
        "of somebody else, 403, empty": Fault(body=b"", status=403),
        "503": Fault(body=b"", status=503),
        "503, a page": Fault(body=b"<html>Wait</html>", status=503),
        "503, a text": Fault(body=b"Wait", status=503),
        "cut off": Fault(body=b"\xa2\x67Entries\x81"),
        "without entries": Fault(body=b"\xa0"),
        "with too few": Fault(body=b"\xa1\x67Entries\x80"),
        "no map": Fault(body=b"\x01"),
        "no text": Fault(body=b"\xa1\x62\xff\xff\x01"),
    }.items()
}


@pytest.mark.parametrize("fault", WITHOUT_ANSWER.values(), ids=WITHOUT_ANSWER)
def test_where_no_answer_can_be_read_events_are_put_again_and_are_there_once(fault: Fault, bus: CustomBus) -> None:
    bus.meets = [fault, fault]
    publisher().publish([said(1), said(2), said(3, other=5)])
    assert sorted(each.detail["id"] for each in bus.taken) == ["SM1", "SM2", "SM3"]
    assert bus.suppressed == (6 if fault.done else 0)
    bus.away = fault
    with pytest.raises(EventsRefusedError, match="EventBridge") as told:
        publisher().publish([said(4)])
    assert told.value.events == [said(4)]


def test_entries_that_fail_are_put_again_alone(bus: CustomBus) -> None:
    bus.meets = [Fault(failing=frozenset({1, 3}), code="ThrottlingException"), Fault(failing=frozenset({0}))]
    events = [said(number, number) for number in range(5)]
    publisher().publish(events)
    assert [len(request) for request in bus.requests] == [5, 2, 1]
    assert {each.detail["id"] for each in bus.taken} == {f"SM{number}" for number in range(5)}
    bus.away = Fault(failing=frozenset({0}), code="AnyCode")
    with pytest.raises(EventsRefusedError, match=r"refused 1 of 1 events: AnyCode\.") as told:
        publisher().publish([said(10), said(11)])
    assert told.value.events == [said(10)]


def test_a_detail_that_is_none_is_refused_alone(bus: CustomBus) -> None:
    with pytest.raises(EventsRefusedError, match="MalformedDetail") as told:
        publisher().publish([said(1), Event("t", "{"), said(2)])
    assert told.value.events == [Event("t", "{")]
    assert len(bus.taken) == 2


def test_what_the_bus_refuses_waits_and_is_published_later_as_it_would_have_been(bus: CustomBus) -> None:
    queue = FakeQueue()
    outbox = Outbox(publisher(), UndeliveredQueue(queue, "https://queue"))  # type: ignore[arg-type]  # a stand-in
    bus.away = Fault(error="InvalidStateException")
    wanted = [said(1), said(2, other=5)]
    outbox.store(wanted)
    assert (len(queue.bodies), bus.taken) == (2, [])
    bus.away = None
    records = [
        {"messageId": str(number), "body": body, "receiptHandle": "r", "attributes": {"ApproximateReceiveCount": "1"}}
        for number, body in enumerate(queue.bodies)
    ]
    assert Redelivery(outbox).handle({"Records": records}, Deadline.after(60))["batchItemFailures"] == []
    assert {(each.group, each.identity) for each in bus.taken} == {tuple(metadata_of(event)) for event in wanted}


def test_entries_of_one_group_are_never_in_two_calls_at_once_whoever_publishes() -> None:
    bus = CustomBus(pause=lambda: threading.Event().wait(0.002))
    ours, at_once = publisher(repeats=100), 6
    gate = threading.Barrier(at_once)
    bus.meets = [Fault(failing=frozenset({0})), Fault(error="ThrottlingException"), Fault(lost=True), None] * 10

    def work(who: int) -> None:
        gate.wait()
        with ThreadPoolExecutor(3) as threads:
            for turn in range(2):
                # Of a conversation that everybody is in, of one of their own, and of so many that they make rows.
                mine = [said(1_000 * who + 100 * turn + number, other=number % 3 and who) for number in range(20)]
                more = [said(90_000 + 1_000 * who + 200 * turn + number, other=number) for number in range(110)]
                ours.publish([*mine, *more], threads=threads)

    with served(client(), bus), ThreadPoolExecutor(at_once) as workers:
        for outcome in [workers.submit(work, who) for who in range(at_once)]:
            outcome.result()
    assert len(bus.taken) == at_once * 2 * 130
    assert bus.overlaps == set()


def test_without_turns_the_same_would_be_seen_to_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio_connector.bus.custom_bus.Turns.of", lambda *_: nullcontext(True))
    gate = threading.Barrier(4)
    bus = CustomBus(pause=gate.wait)
    ours = publisher()
    with served(client(), bus), ThreadPoolExecutor(4) as workers:
        for outcome in [workers.submit(ours.publish, [said(number)]) for number in range(4)]:
            outcome.result()
    assert bus.overlaps


def test_who_waits_for_a_turn_longer_than_there_is_time_keeps_the_events() -> None:
    entered, leave = threading.Event(), threading.Event()

    def pause() -> None:
        entered.set()
        leave.wait()

    bus, ours = CustomBus(pause=pause), publisher()
    with served(client(), bus), ThreadPoolExecutor(1) as workers:
        first = workers.submit(ours.publish, [said(1)])
        entered.wait()
        with pytest.raises(EventsRefusedError, match="run out") as told:
            ours.publish([said(2)], Deadline.after(0.01))
        # Others do not wait.
        bus.pause = lambda: None
        ours.publish([said(3, other=5)], Deadline.after(math.inf))
        leave.set()
        first.result()
    assert told.value.events == [said(2)]
    assert numbers(bus) == {"+15550000000": [1], "+15550000005": [3]}
