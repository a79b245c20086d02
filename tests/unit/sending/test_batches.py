"""A batch of the send queue: its sends side by side, its outcomes in one call, each record for itself all the same."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Barrier, Event
from typing import Any

import pytest

from tests.support.fakes import BUS, TIMED_OUT, FakeBus, FakeClock, FakeQueue
from tests.support.log_lines import log_lines
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import InvalidInputError, TwilioOptedOutError, TwilioUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.budget import MIN_PUBLISH_SECONDS
from twilio_connector.sending.queue import SendQueue
from twilio_connector.twilio.message import to_message

ACCOUNT, PATIENCE = "AC" + "0" * 32, 30.0
TEXT = {"to": "+15551234567", "from": "+15555551234"}


@dataclass
class Sender:
    """Does *send(key)* for each input, in whatever thread."""

    send: Callable[[str], object] = lambda _: None
    begun: list[str] = field(default_factory=list)

    @property
    def connections(self) -> "Sender":
        return self

    def get(self, name: str) -> Connection:
        return Connection(name, ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def send_sms(self, event: object, default_key: str) -> dict[str, Any]:
        self.begun.append(default_key)
        self.send(default_key)
        return {"data": to_message({"sid": "SM" + "0" * 32})}


@dataclass
class Counting(FakeBus):
    """Keeps how many entries each call had."""

    calls: list[int] = field(default_factory=list)

    def put_events(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(len(arguments["Entries"]))
        return super().put_events(**arguments)


@pytest.fixture
def bus() -> Counting:
    return Counting()


@pytest.fixture
def kept() -> FakeQueue:
    return FakeQueue()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@dataclass
class Batch:
    bus: FakeBus
    kept: FakeQueue
    at_once: int = 10
    gather: float = PATIENCE
    publish_seconds: float = MIN_PUBLISH_SECONDS
    clock: FakeClock = field(default_factory=FakeClock)

    def deliver(self, sender: Sender, *bodies: object) -> list[str]:
        """Hand the bodies over as m0, m1, …; gives those that go back."""
        outbox = Outbox(
            Publisher(self.bus, BUS, sleep=lambda _: None),  # type: ignore[arg-type]
            UndeliveredQueue(self.kept, "https://sqs/undelivered"),  # type: ignore[arg-type]
        )
        publish_by = Deadline.after(self.publish_seconds, self.clock)
        sends = SendQueue(sender, outbox, publish_by, self.at_once, self.gather)  # type: ignore[arg-type]
        records = [{"messageId": f"m{n}", "body": json.dumps(body)} for n, body in enumerate(bodies)]
        response = sends.handle({"Records": records}, Deadline.after(60, self.clock))
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def told(self) -> list[str]:
        return [detail["id"] for detail in self.bus.details("Message Sent")]


@pytest.fixture
def batch(bus: Counting, kept: FakeQueue) -> Batch:
    return Batch(bus, kept)


def texts(count: int) -> list[dict[str, str]]:
    return [TEXT | {"message": str(number)} for number in range(count)]


def keys(*numbers: int) -> list[str]:
    return [f"sqs:m{number}" for number in numbers]


def test_ten_are_sent_at_once_and_told_in_one_call_in_their_order(batch: Batch, bus: Counting) -> None:
    all_here = Barrier(10)
    assert batch.deliver(Sender(lambda _: all_here.wait(PATIENCE)), *texts(10)) == []
    assert batch.told() == keys(*range(10))
    assert bus.calls == [10]


def test_one_at_once_is_one_after_another_each_told_before_the_next(batch: Batch, bus: Counting) -> None:
    batch.at_once = 1
    told: list[list[str]] = []
    before = threading.active_count()

    def send(_: str) -> None:
        told.append(batch.told())
        assert threading.active_count() == before

    assert batch.deliver(Sender(send), *texts(3)) == []
    assert told == [[], keys(0), keys(0, 1)]
    assert bus.calls == [1, 1, 1]


def test_a_send_that_hangs_keeps_back_no_other_s_outcome(batch: Batch, bus: Counting) -> None:
    batch.gather = 0.05
    others_are_told = Event()

    def put_events(**arguments: Any) -> dict[str, Any]:
        answer = Counting.put_events(bus, **arguments)
        if len(batch.told()) == 9:
            others_are_told.set()
        return answer

    bus.put_events = put_events  # type: ignore[method-assign]
    assert batch.deliver(Sender(lambda key: key != "sqs:m4" or others_are_told.wait(PATIENCE)), *texts(10)) == []
    assert batch.told()[-1:] == keys(4)
    assert sorted(batch.told()) == keys(*range(10))


def test_no_outcome_waits_for_others_once_the_bus_is_not_called_any_more(batch: Batch, kept: FakeQueue) -> None:
    batch.publish_seconds = 0.0
    others_are_kept = Event()
    original = kept.send_message_batch

    def send_message_batch(**arguments: Any) -> Any:
        answer = original(**arguments)
        if len(kept.bodies) == 2:
            others_are_kept.set()
        return answer

    kept.send_message_batch = send_message_batch  # type: ignore[method-assign]
    assert batch.deliver(Sender(lambda key: key != "sqs:m2" or others_are_kept.wait(PATIENCE)), *texts(3)) == []
    assert "sqs:m2" in kept.bodies[-1]


@pytest.mark.parametrize(
    "failure", [TwilioUnavailableError("Twilio answered 503."), KeyError("a defect"), MemoryError()]
)
def test_whatever_one_send_ends_with_returns_that_record_alone(batch: Batch, bus: Counting, failure: Exception) -> None:
    all_here = Barrier(10)

    def send(key: str) -> None:
        all_here.wait(PATIENCE)
        if key == "sqs:m3":
            raise failure

    with log_lines() as lines:
        assert batch.deliver(Sender(send), *texts(10)) == ["m3"]
    assert batch.told() == keys(0, 1, 2, 4, 5, 6, 7, 8, 9)
    (line,) = map(json.loads, lines)
    assert line["sqs_message_id"] == "m3"


def test_those_under_one_key_follow_one_another(batch: Batch) -> None:
    at_work: list[str] = []

    def send(key: str) -> None:
        assert key not in at_work
        at_work.append(key)
        for _ in range(1_000):
            pass
        at_work.remove(key)

    bodies = [one | {"idempotencyKey": f"order-{number % 3}"} for number, one in enumerate(texts(9))]
    sender = Sender(send)
    assert batch.deliver(sender, *bodies) == []
    assert sorted(sender.begun) == sorted(f"order-{number % 3}" for number in range(9))


def test_one_key_of_two_connections_is_two(batch: Batch) -> None:
    both = Barrier(2)
    bodies = [TEXT | {"message": "x", "idempotencyKey": "k", "connection": name} for name in ("one", "two")]
    assert batch.deliver(Sender(lambda _: both.wait(PATIENCE)), *bodies) == []


def test_events_that_the_bus_refuses_are_kept_and_the_others_published(
    batch: Batch, bus: Counting, kept: FakeQueue
) -> None:
    bus.refusals = [4, 4, 4]
    assert batch.deliver(Sender(), *texts(10)) == []
    assert batch.told() == keys(0, 1, 2, 3, 4, 5)
    assert [json.loads(UndeliveredQueue.parse(body).detail)["id"] for body in kept.bodies] == keys(6, 7, 8, 9)


def test_only_records_whose_events_nobody_takes_are_returned(batch: Batch, bus: Counting, kept: FakeQueue) -> None:
    bus.refusals = [4] * 3
    original = kept.send_message_batch

    def send_message_batch(**arguments: Any) -> Any:
        kept.refused = {entry["MessageBody"] for entry in arguments["Entries"] if "sqs:m7" in entry["MessageBody"]}
        return original(**arguments)

    kept.send_message_batch = send_message_batch  # type: ignore[method-assign]
    assert batch.deliver(Sender(), *texts(10)) == ["m7"]
    assert batch.told() == keys(0, 1, 2, 3, 4, 5)
    assert [json.loads(UndeliveredQueue.parse(body).detail)["id"] for body in kept.bodies] == keys(6, 8, 9)


def test_where_nobody_takes_any_all_are_returned(batch: Batch, bus: Counting, kept: FakeQueue) -> None:
    bus.failure = kept.failure = TIMED_OUT
    assert batch.deliver(Sender(), *texts(10)) == [f"m{number}" for number in range(10)]


def test_a_defect_in_publishing_returns_all_that_it_was_about(batch: Batch, bus: Counting) -> None:
    bus.failure = KeyError("a defect")
    assert batch.deliver(Sender(), *texts(3)) == ["m0", "m1", "m2"]


def test_what_is_given_up_is_reported_once_its_event_is_taken_and_by_its_own_name(
    batch: Batch, bus: Counting, kept: FakeQueue
) -> None:
    all_here = Barrier(10)

    def send(key: str) -> None:
        all_here.wait(PATIENCE)
        if key in keys(2, 5):
            raise InvalidInputError(f"{key} is wrong.")

    with log_lines() as lines:
        assert batch.deliver(Sender(send), *texts(10)) == []
    told = [json.loads(line) for line in lines]
    assert [(one["sqs_message_id"], one["reason"]) for one in told] == [
        ("m2", "sqs:m2 is wrong."),
        ("m5", "sqs:m5 is wrong."),
    ]

    bus.failure = kept.failure = TIMED_OUT
    all_here.reset()
    with log_lines() as lines:
        assert len(batch.deliver(Sender(send), *texts(10))) == 10
    assert not any("refused for good" in line for line in lines)


def test_an_opt_out_s_event_is_lost_only_where_its_record_does_not_come_again(
    batch: Batch, bus: Counting, kept: FakeQueue
) -> None:
    def send(key: str) -> None:
        raise TwilioOptedOutError("Twilio answered 400 (code 21610).", code=21610, status=400)

    bus.refusals = [10] * 3
    original = kept.send_message_batch

    def send_message_batch(**arguments: Any) -> Any:
        bodies = [entry["MessageBody"] for entry in arguments["Entries"]]
        opt_outs = [body for body in bodies if "Opted Out" in body]
        kept.refused = {opt_outs[0], *(body for body in bodies if "sqs:m1" in body and "Opted Out" not in body)}
        return original(**arguments)

    kept.send_message_batch = send_message_batch  # type: ignore[method-assign]
    with log_lines() as lines:
        assert batch.deliver(Sender(send), *texts(2)) == ["m1"]
    (lost,) = [one for one in map(json.loads, lines) if one["message"].startswith("Events were lost")]
    assert lost["events"] == 1
