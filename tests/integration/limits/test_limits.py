"""The owner's limits: never exceeded by however many at once, and reached where nothing is killed or unknown."""

import json
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.locked_dynamodb import LockedDynamoDB
from tests.support.sqs_events import sqs_event_of
from tests.support.world import World, load_app
from twilio_connector.errors import (
    InvalidInputError,
    OutcomeUnknownError,
    RecipientNotAllowedError,
    SendLimitError,
    TwilioRejectedError,
)

TO, ELSEWHERE = "+15551234567", "+447911123456"
TEXT = {"to": TO, "from": "+15555551234", "message": "Hello"}
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
LIMIT, CALLS = 20, 50


class Stack:
    """The functions of one stack in threads, and the table that they share."""

    def __init__(self, world: World, **limits: str) -> None:
        world.overrides.update(limits)
        self.twilio, self.bus, self.dynamodb = world.twilio, world.bus, LockedDynamoDB()
        self._handlers = {name: self._handler(world, name) for name in ("send_sms", "raw_request")}

    def _handler(self, world: World, name: str) -> Callable[[Any, Any], Any]:
        app = load_app(name, world.env, world.bus)
        app.services.aws.dynamodb = self.dynamodb
        # Read once, before there are threads.
        app.services.connections.get("default")
        # Without the metrics of an invocation, of which a process has one at a time.
        return app.handler.__wrapped__  # type: ignore[no-any-return]  # functools.wraps sets it

    def send(self, number: int = 0, **change: str) -> Any:
        return self._handlers["send_sms"]({**TEXT, **change}, FakeContext())

    def queue(self, number: int, **change: str) -> Any:
        return self._handlers["send_sms"](sqs_event_of({f"m{number}": {**TEXT, **change}}), FakeContext())

    def batch(self, number: int, size: int = 10) -> Any:
        """Of every *size* calls one sends for all of them, at once."""
        if number % size:
            return None
        return self._handlers["send_sms"](sqs_event_of({f"m{number + n}": TEXT for n in range(size)}), FakeContext())

    def raw(self, number: int = 0, **change: Any) -> Any:
        form = {"To": TO, "From": "+15555551234", "Body": "Hello"}
        event = {"url": MESSAGES, "method": "POST", "data": urlencode(form), **change}
        return self._handlers["raw_request"](event, FakeContext())

    def counters(self) -> dict[str, int]:
        """What the counters of hours and of days have reached."""
        items = [each for each in self.dynamodb.memory.items() if each["pk"]["S"].startswith("limit#")]
        found: Counter[str] = Counter()
        for item in items:
            found[item["sk"]["S"].partition("#")[0]] += int(item["taken"]["N"])
        return dict(found)


def at_once(call: Callable[[int], Any], calls: int = CALLS) -> Counter[str]:
    """What became of as many calls: the type of the error, or nothing."""

    def outcome(number: int) -> str:
        try:
            call(number)
        except (SendLimitError, TwilioRejectedError, OutcomeUnknownError) as exc:
            return type(exc).__name__
        return ""

    with ThreadPoolExecutor(calls) as threads:
        return Counter(threads.map(outcome, range(calls)))


WAYS: dict[str, Callable[[Stack, int], Any]] = {
    "directly": Stack.send,
    "by the queue": Stack.queue,
    "by whole batches of the queue": Stack.batch,
    "by raw requests": Stack.raw,
    "in all ways": lambda stack, number: (Stack.send, Stack.queue, Stack.raw)[number % 3](stack, number),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limit", ["MAX_SENDS_PER_RECIPIENT_PER_HOUR", "MAX_SENDS_PER_DAY"])
def test_of_fifty_at_once_twenty_are_sent(world: World, way: str, limit: str) -> None:
    stack = Stack(world, **{limit: str(LIMIT)})
    outcomes = at_once(lambda number: WAYS[way](stack, number))
    assert len(stack.twilio.messages) == LIMIT
    assert set(stack.counters().values()) == {LIMIT}
    failed = [detail["body"]["data"]["error"]["type"] for detail in stack.bus.details("Message Send Failed")]
    assert outcomes["SendLimitError"] + len(failed) == CALLS - LIMIT
    assert set(failed) <= {"SendLimitError"}


def test_the_limit_of_one_recipient_keeps_nobody_else_out_of_the_day(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_RECIPIENT_PER_HOUR="10", MAX_SENDS_PER_DAY=str(LIMIT))
    at_once(lambda number: stack.send(to=TO if number < 40 else "+15551234568"))
    assert Counter(message.to for message in stack.twilio.messages) == {TO: 10, "+15551234568": 10}
    assert stack.counters() == {"hour": LIMIT, "day": LIMIT}


def test_what_twilio_rejects_gives_its_place_back(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY=str(LIMIT))
    unassigned = "+15005550001"
    with pytest.raises(TwilioRejectedError):
        stack.send(to=unassigned)
    assert stack.counters() == {"day": 0}
    with pytest.raises(TwilioRejectedError):
        stack.raw(data=urlencode({"To": unassigned, "From": "+15555551234", "Body": "Hello"}))
    assert stack.counters() == {"day": 0}
    stack.queue(1, to=unassigned)
    assert stack.counters() == {"day": 0}
    assert at_once(stack.send)[""] == LIMIT


def test_rejected_and_sent_at_once_never_exceed_the_limit(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY=str(LIMIT))
    outcomes = at_once(lambda number: stack.send(to="+15005550001" if number % 2 else TO))
    assert outcomes[""] == len(stack.twilio.messages) == stack.counters()["day"] <= LIMIT
    # Every place that was given back is there again.
    at_once(stack.send)
    assert len(stack.twilio.messages) == stack.counters()["day"] == LIMIT


def test_an_unknown_outcome_keeps_its_place(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY="2")
    stack.twilio.inject(Fault.ServerError(), times=1)
    with pytest.raises(OutcomeUnknownError):
        stack.raw()
    assert stack.counters() == {"day": 1}
    stack.send()
    with pytest.raises(SendLimitError):
        stack.send()
    assert stack.counters() == {"day": 2}


@pytest.mark.parametrize(("retention", "places"), [("retain", 1), ("discard", 2)])
def test_what_is_sent_again_takes_another_place_where_no_list_shows_whether_it_was_sent(
    world: World, retention: str, places: int
) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY="2", UNKNOWN_HOLD_SECONDS="0")
    stack.twilio.inject(Fault.ServerError(accepted=retention == "discard"), times=1)
    with pytest.raises(OutcomeUnknownError):
        stack.send(idempotencyKey="order-1", contentRetention=retention)
    stack.send(idempotencyKey="order-1", contentRetention=retention)
    assert len(stack.twilio.messages) == places
    assert stack.counters() == {"day": places}


def test_a_raw_request_that_may_text_twice_takes_a_place_for_each(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY="3")
    stack.twilio.inject(Fault.ServerError(accepted=True), times=10)
    with pytest.raises(OutcomeUnknownError):
        stack.raw(maxRetries=10, retryAllErrors=True)
    assert (len(stack.twilio.messages), stack.counters()) == (3, {"day": 3})


def test_a_repeat_of_what_was_certainly_not_sent_takes_no_other_place(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY="3")
    stack.twilio.inject(Fault.Throttle(), times=2)
    stack.raw(maxRetries=10, retryAllErrors=True)
    assert (len(stack.twilio.messages), stack.counters()) == (1, {"day": 1})


def test_a_repeat_of_a_key_that_was_sent_counts_once_and_is_answered_beyond_the_limit(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_RECIPIENT_PER_HOUR="1", ALLOWED_COUNTRIES="US")
    first = stack.send(idempotencyKey="order-1")["data"]["sid"]
    assert {stack.send(idempotencyKey="order-1")["data"]["sid"] for _ in range(3)} == {first}
    assert stack.counters() == {"hour": 1}
    with pytest.raises(SendLimitError, match=r"This stack's limit of 1 texts an hour to one recipient"):
        stack.send(idempotencyKey="order-2")


def test_a_refused_key_is_free(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_RECIPIENT_PER_HOUR="1")
    stack.send(idempotencyKey="order-1")
    with pytest.raises(SendLimitError):
        stack.send(idempotencyKey="order-2")
    assert [item["pk"]["S"][:5] for item in stack.dynamodb.memory.items() if item["sk"]["S"] == "record"] == ["send#"]


@pytest.mark.parametrize("spelling", ["5551234567", "(555) 123-4567", f"whatsapp:{TO}"])
def test_all_spellings_of_a_number_are_one_recipient(world: World, spelling: str) -> None:
    stack = Stack(world, MAX_SENDS_PER_RECIPIENT_PER_HOUR="1")
    stack.send()
    with pytest.raises(SendLimitError):
        stack.raw(data=urlencode({"To": f" {spelling} ", "From": "+15555551234", "Body": "Hello"}))
    assert stack.counters() == {"hour": 1}


@pytest.mark.parametrize(
    "event",
    [
        {"data": urlencode({"To": ELSEWHERE, "Body": "x"})},
        {"data": {"To": ELSEWHERE, "Body": "x"}, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"data": {"To": ELSEWHERE, "Body": "x"}},
        {"data": json.dumps({"To": ELSEWHERE}), "headers": {"Content-Type": "application/json"}},
        {"data": None, "formData": {"To": ELSEWHERE, "Body": "x"}},
        {"data": None, "formData": [{"key": "to", "value": ELSEWHERE}]},
        {"data": "Body=x", "queryParams": {"To": ELSEWHERE}},
        {"data": "Body=x", "url": f"{MESSAGES}?To=%2B447911123456"},
        {"url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages", "data": urlencode({"To": ELSEWHERE})},
        {"url": "/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/SMS/Messages.xml", "data": urlencode({"To": ELSEWHERE})},
        {"url": "/Accounts/$TWILIO_ACCOUNT_SID/%4Dessages.json", "data": urlencode({"To": ELSEWHERE})},
        {"url": "https://api.twilio.com" + "/2010-04-01" + MESSAGES, "data": urlencode({"To": ELSEWHERE})},
        {"data": urlencode({"To": "+80012345678"})},
        {"data": urlencode({"To": "messenger:123"})},
        {"data": urlencode({"To": "12345"})},
    ],
)
def test_a_raw_request_to_another_country_is_refused_wherever_it_says_so(world: World, event: dict[str, Any]) -> None:
    stack = Stack(world, ALLOWED_COUNTRIES="US,CA")
    with pytest.raises(RecipientNotAllowedError):
        stack.raw(**event)
    assert stack.twilio.requests == []


@pytest.mark.parametrize(
    "event",
    [
        {"data": "Body=x"},
        {"data": urlencode([("To", TO), ("To", ELSEWHERE)])},
        {"data": urlencode({"To": TO}), "queryParams": {"To": ELSEWHERE}},
        {"data": {"To": {"number": TO}}},
        {"data": f'{{"To": "{TO}", "To": "{ELSEWHERE}"}}', "headers": {"Content-Type": "application/json"}},
        {"data": None, "formData": {"To": TO}, "fileData": {"To": ELSEWHERE}},
        {
            "data": f'--x\r\ncontent-disposition: form-data; name="To"\r\n\r\n{ELSEWHERE}\r\n--x--\r\n',
            "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            "queryParams": {"To": TO},
        },
    ],
)
def test_a_raw_message_to_nobody_or_to_several_is_refused_where_there_are_limits(
    world: World, event: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError, match=r"To|formData"):
        Stack(world, MAX_SENDS_PER_DAY="5").raw(**event)
    assert world.twilio.requests == []


def test_what_creates_no_message_is_not_counted(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_DAY="1", ALLOWED_COUNTRIES="CA")
    stack.raw(method="GET", data=None)
    sid = world.twilio.add(1)[0]
    stack.raw(url=f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{sid}.json", data="Body=")
    assert stack.counters() == {}


@pytest.mark.parametrize("to", [ELSEWHERE, f"whatsapp:{ELSEWHERE}", "+80012345678", "messenger:1234567890"])
def test_a_send_to_another_country_is_refused_in_each_way(world: World, to: str) -> None:
    stack = Stack(world, ALLOWED_COUNTRIES="US, CA", MAX_SENDS_PER_DAY="5")
    with pytest.raises(RecipientNotAllowedError):
        stack.send(to=to)
    assert stack.queue(1, to=to) == {"batchItemFailures": []}
    (failed,) = stack.bus.details("Message Send Failed")
    assert failed["body"]["data"]["error"]["type"] == "RecipientNotAllowedError"
    assert stack.twilio.requests == []
    assert stack.counters() == {}


def test_without_limits_nothing_is_counted_and_nobody_asked(world: World) -> None:
    stack = Stack(world)
    stack.send()
    stack.raw(data=urlencode([("To", TO), ("From", "+15555551234"), ("Body", "x")]))
    assert stack.counters() == {}
    assert len(stack.twilio.messages) == 2


def test_counters_hold_no_number_and_expire_within_twenty_six_hours(world: World) -> None:
    stack = Stack(world, MAX_SENDS_PER_RECIPIENT_PER_HOUR="5", MAX_SENDS_PER_DAY="5")
    stack.send()
    found = [each for each in stack.dynamodb.memory.items() if each["pk"]["S"].startswith("limit#")]
    assert len(found) == 2
    assert all("expiresAt" in each for each in found)
    assert not re.search(r"5551234567", json.dumps(found))
