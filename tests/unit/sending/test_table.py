"""What a send changes in the table: all of it or nothing, and what is left where an answer of DynamoDB's was lost."""

from typing import Any

import pytest

from tests.support.fakes import FakeClock
from tests.support.send_interruptions import Interrupted, Places, lost
from tests.support.send_tables import OTHER_SID, SECONDS, SID, TEXT, send, table_in
from twilio_connector.errors import (
    IdempotencyConflictError,
    OutcomeUnknownError,
    SendInProgressError,
    SendLimitError,
    ServiceUnavailableError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.budget import SETTLE_SECONDS, UNKNOWN_SECONDS
from twilio_connector.sending.items import flight_item, flight_key, message_item, record_item
from twilio_connector.sending.records import Record, Send, State
from twilio_connector.sending.table import Claim, SendTable

TEMPLATE = [*TEXT[:2], ("ContentSid", "HX" + "0" * 32)]
IN_PROGRESS = r"^A send with this idempotencyKey is in progress\.$"


@pytest.fixture
def dynamodb() -> Interrupted:
    return Interrupted()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def table(dynamodb: Interrupted, clock: FakeClock) -> SendTable:
    return table_in(dynamodb, clock)


def in_flight(one: Send, record: Record, lost: Record | None = None) -> list[Any]:
    """What stands in the table of a send whose outcome is not decided; its last request was that of *lost*, if any."""
    return sorted([record_item(one, record), flight_item(one, lost or record, is_lost=bool(lost))], key=str)


def test_a_claim_stores_who_sends_until_when_and_that_a_request_is_in_flight(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    places = Places()
    record, earlier = table.claim(send(), SECONDS, places.admission)
    now, until = int(clock.now), int(clock.now + SECONDS) + SETTLE_SECONDS
    assert earlier is None
    assert len(record.owner) == 32
    assert record == Record(
        state=State.SENDING,
        fingerprint=send().fingerprint,
        owner=record.owner,
        request=record.owner,
        previous_attempt_at=now,
        last_attempt_at=now,
        sent_no_later_than=until,
        held_until=until,
        expires_at=now + UNKNOWN_SECONDS,
        sid="",
    )
    assert dynamodb.stored() == in_flight(send(), record)
    assert places.asked == [None]


def test_what_is_claimed_is_refused_to_others_who_take_no_place(table: SendTable, dynamodb: Interrupted) -> None:
    record = table.claim(send(), SECONDS).record
    places = Places()
    with pytest.raises(SendInProgressError, match=IN_PROGRESS):
        table.claim(send(), SECONDS, places.admission)
    with pytest.raises(
        IdempotencyConflictError, match=r"^The idempotencyKey was used before with a different request\.$"
    ):
        table.claim(send(parameters=TEMPLATE), SECONDS, places.admission)
    assert places.asked == []
    assert dynamodb.stored() == in_flight(send(), record)


def test_who_comes_second_by_a_moment_gives_his_place_back(table: SendTable, dynamodb: Interrupted) -> None:
    places, first = Places(), list[Record]()
    dynamodb.before.append(lambda: first.append(table.claim(send(), SECONDS).record))
    with pytest.raises(SendInProgressError, match=IN_PROGRESS):
        table.claim(send(), SECONDS, places.admission)
    assert places.asked == [None, "left"]
    assert dynamodb.stored() == in_flight(send(), first[0])


def test_who_is_not_admitted_claims_nothing(table: SendTable, dynamodb: Interrupted) -> None:
    with pytest.raises(SendLimitError):
        table.claim(send(), SECONDS, Places(full=True).admission)
    assert dynamodb.stored() == []


@pytest.mark.parametrize("admitted", [True, False])
def test_a_claim_without_an_answer_is_taken_back_with_its_place_and_in_time(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock, admitted: bool
) -> None:
    places, began = Places(), clock.now
    dynamodb.lost = 1
    with pytest.raises(ServiceUnavailableError):
        table.claim(send(), SECONDS, places.admission if admitted else None)
    assert dynamodb.stored() == []
    assert places.asked == ([None, "left"] if admitted else [])
    # It is repeated for no longer than leaves time for the send itself.
    assert 5 < clock.now - began <= 10


def test_a_claim_of_which_nothing_is_known_keeps_its_place(table: SendTable, dynamodb: Interrupted) -> None:
    places = Places()
    dynamodb.lost = 2
    with pytest.raises(ServiceUnavailableError):
        table.claim(send(), SECONDS, places.admission)
    assert places.asked == [None]


def test_what_a_dead_holder_left_is_held_anew_and_its_attempt_is_the_same(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    first = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    record, earlier = table.claim(send(), SECONDS)
    assert earlier == first
    assert record.owner != first.owner
    assert record.held_until == int(clock.now + SECONDS) + SETTLE_SECONDS
    assert record.request == first.request
    assert dynamodb.stored() == sorted([record_item(send(), record), flight_item(send(), first)], key=str)


def test_a_takeover_without_an_answer_leaves_what_was_unknown(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    lost(table, send())
    clock.now += 900
    dynamodb.lost = 1
    with pytest.raises(ServiceUnavailableError):
        table.claim(send(), SECONDS)
    record, earlier = table.claim(send(), SECONDS)
    assert earlier
    assert (earlier.state, record.request) == (State.UNKNOWN, earlier.request)


def test_a_record_that_has_expired_and_still_stands_is_no_record(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    first = table.claim(send(), SECONDS).record
    table.sent(send(), first, SID)
    assert table.claim(send(), SECONDS) == Claim(first.sent_as(SID, clock.now))
    # Unless it is told that it does, a message does not call back.
    assert message_item(send(), SID, clock.now) in dynamodb.stored()
    clock.now = first.sent_as(SID, clock.now).expires_at
    assert table.claim(send(), SECONDS).record.state == State.SENDING


def test_a_message_is_its_sends_and_the_request_is_over(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    for number, calls_back in enumerate((True, False)):
        one = send(f"key {number}")
        record = table.claim(one, SECONDS).record
        clock.now += 7.5
        table.sent(one, record, SID, calls_back=calls_back)
        expected = [
            record_item(one, record.sent_as(SID, clock.now)),
            message_item(one, SID, clock.now, calls_back=calls_back),
        ]
        assert [item for item in expected if item not in dynamodb.stored()] == []
        assert flight_item(one, record) not in dynamodb.stored()
    # What Twilio answers is truer than what others wrote: the message is the later one's.
    assert len(dynamodb.stored()) == 3


def test_a_lost_answer_is_told_of_record_and_request_while_they_are_ones_own(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    record = table.claim(send(), SECONDS).record
    clock.now += 7.5
    told = table.answer_lost(send(), record)
    assert told.sent_no_later_than == clock.now
    assert dynamodb.stored() == in_flight(send(), told, told)

    clock.now += SECONDS + SETTLE_SECONDS
    other = table.claim(send(), SECONDS).record
    assert table.answer_lost(send(), told) == told
    assert dynamodb.stored() == in_flight(send(), other, told)


def test_a_request_that_is_decided_does_not_come_back_as_lost(table: SendTable, dynamodb: Interrupted) -> None:
    record = table.claim(send(), SECONDS).record
    table.release(send(), record, None)
    assert table.answer_lost(send(), record) == record
    assert dynamodb.stored() == []


def test_a_request_that_is_in_flight_no_longer_does_not_come_back_as_lost(
    table: SendTable, dynamodb: Interrupted
) -> None:
    record = table.claim(send(), SECONDS).record
    key: Any = flight_key(send(), record)
    dynamodb.delete_item(TableName="state", Key=key)
    assert table.answer_lost(send(), record) == record
    assert dynamodb.stored() == [record_item(send(), record)]


def test_what_may_have_been_sent_stays_in_flight_as_unknown(table: SendTable, dynamodb: Interrupted) -> None:
    record = table.claim(send(), SECONDS).record
    table.unknown(send(), record)
    assert dynamodb.stored() == in_flight(send(), record.as_unknown())


@pytest.mark.parametrize("parameters", [TEXT, TEMPLATE], ids=["a text", "a template"])
def test_another_attempt_has_the_place_of_the_last_where_a_list_would_have_shown_that(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock, parameters: list[tuple[str, str]]
) -> None:
    one = send(parameters=parameters)
    first = lost(table, one)
    clock.now += 900
    record, places = table.claim(one, SECONDS).record, Places()
    again = table.attempt_again(one, record, places.admission)
    assert places.asked == [first.last_attempt_at if parameters is TEXT else None]
    assert (again.previous_attempt_at, again.last_attempt_at) == (first.last_attempt_at, int(clock.now))
    assert again.request == again.owner == record.owner != first.request
    flights = [flight_item(one, first, is_lost=True), flight_item(one, again)]
    assert dynamodb.stored() == sorted([record_item(one, again), *flights], key=str)


@pytest.mark.parametrize("fails", [False, True])
def test_another_attempt_that_is_not_admitted_leaves_the_send_unknown(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock, fails: bool
) -> None:
    first = lost(table, send())
    clock.now += 900
    record = table.claim(send(), SECONDS).record
    dynamodb.lost = int(fails)
    with pytest.raises(SendLimitError):
        table.attempt_again(send(), record, Places(full=True).admission)
    assert dynamodb.stored() == in_flight(send(), record.as_unknown(), first)


def test_another_attempt_of_what_is_held_by_another_gives_its_place_back(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    first = lost(table, send())
    record = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    other, places = table.claim(send(), SECONDS).record, Places()
    with pytest.raises(SendInProgressError, match=IN_PROGRESS):
        table.attempt_again(send(), record, places.admission)
    assert places.asked == [record.last_attempt_at, "left"]
    assert dynamodb.stored() == in_flight(send(), other, first)


def test_another_attempt_without_an_answer_is_taken_back_with_its_place_and_in_time(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    first = lost(table, send())
    clock.now += 900
    record, places = table.claim(send(), SECONDS).record, Places()
    began, dynamodb.lost = clock.now, 1
    with pytest.raises(ServiceUnavailableError):
        table.attempt_again(send(), record, places.admission)
    assert places.asked == [record.last_attempt_at, "left"]
    assert dynamodb.stored() == in_flight(send(), record.as_unknown(), first)
    assert 5 < clock.now - began <= 10


def test_what_was_certainly_not_sent_leaves_what_was_before(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    record, earlier = table.claim(send(), SECONDS)
    table.release(send(), record, earlier)
    assert dynamodb.stored() == []

    first = lost(table, send())
    clock.now += 900
    record, earlier = table.claim(send(), SECONDS)
    table.release(send(), table.attempt_again(send(), record), earlier)
    assert dynamodb.stored() == in_flight(send(), first.as_unknown(), first)


def test_a_message_that_is_adopted_is_the_sends_and_its_request_is_over(
    table: SendTable, dynamodb: Interrupted, clock: FakeClock
) -> None:
    lost(table, send())
    clock.now += 900
    record = table.claim(send(), SECONDS).record
    assert table.adopt(send(), record, {SID: record.last_attempt_at}) == SID
    expected = [record_item(send(), record.sent_as(SID, clock.now)), message_item(send(), SID, clock.now)]
    assert dynamodb.stored() == sorted(expected, key=str)


@pytest.mark.parametrize(("one", "other"), [(-5, 4), (4, -5), (9, 2), (-2, -9)])
def test_of_several_messages_the_one_nearest_to_the_attempt_is_adopted(table: SendTable, one: int, other: int) -> None:
    lost(table, send())
    record = table.claim(send(), SECONDS).record
    listed = {SID: record.last_attempt_at + one, OTHER_SID: record.last_attempt_at + other}
    assert table.adopt(send(), record, listed) == (SID if abs(one) < abs(other) else OTHER_SID)


def test_nothing_is_adopted_of_which_there_was_no_time_to_find_out_whose_it_is(
    table: SendTable, clock: FakeClock
) -> None:
    lost(table, send())
    record, until = table.claim(send(), SECONDS).record, Deadline.after(1, clock)
    assert table.is_free(send(), SID, until)
    clock.now += 1
    with pytest.raises(
        OutcomeUnknownError, match=r"^There was no time left to find out which sends the listed messages belong to\.$"
    ):
        table.adopt(send(), record, {SID: record.last_attempt_at}, until)


def test_a_message_is_free_for_its_own_send_and_for_nobody_else(table: SendTable) -> None:
    table.sent(send(), table.claim(send(), SECONDS).record, SID)
    assert table.is_free(send(), SID)
    assert table.is_free(send(), OTHER_SID)
    assert not table.is_free(send("another"), SID)


def test_what_others_may_have_made_is_told(table: SendTable) -> None:
    lost(table, send("a"))
    lost(table, send("b"))
    record = table.claim(send("a"), SECONDS).record
    with pytest.raises(
        OutcomeUnknownError, match=r"^Another send of this text to this recipient may have made the message\.$"
    ):
        table.adopt(send("a"), record, {SID: record.last_attempt_at})
