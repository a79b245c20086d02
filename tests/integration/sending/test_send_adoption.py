"""Listed messages and the sends that they become: each of one send only, and never of a wrong one."""

import pytest

from tests.support.fakes import FakeClock
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.send_tables import CREATED, OTHER_SID, SECONDS, SID, TEXT, send, table_in, unknown
from twilio_connector.errors import OutcomeUnknownError
from twilio_connector.sending.budget import CLOCK_SECONDS, SETTLE_SECONDS, UNKNOWN_SECONDS
from twilio_connector.sending.table import SendTable

ANOTHER_TEXT = [*TEXT[:2], ("Body", "x")]
TEMPLATE = [*TEXT[:2], ("ContentSid", "HX" + "0" * 32)]


@pytest.fixture
def dynamodb() -> MemoryDynamoDB:
    return MemoryDynamoDB()


@pytest.fixture
def table(dynamodb: MemoryDynamoDB, clock: FakeClock) -> SendTable:
    return table_in(dynamodb, clock)


def test_of_two_undecided_sends_neither_adopts_the_only_message(table: SendTable) -> None:
    unknown(table, send("a"))
    unknown(table, send("b"))
    for key in ("a", "b", "a"):
        record = table.claim(send(key), SECONDS).record
        with pytest.raises(OutcomeUnknownError):
            table.adopt(send(key), record, {SID: CREATED})
        table.unknown(send(key), record)


def test_where_there_is_a_message_for_each_undecided_send_each_adopts_one(table: SendTable) -> None:
    unknown(table, send("a"))
    unknown(table, send("b"))
    a, b = table.claim(send("a"), SECONDS).record, table.claim(send("b"), SECONDS).record
    listed = {SID: CREATED, OTHER_SID: CREATED}
    assert table.adopt(send("a"), a, listed) == SID
    assert table.adopt(send("b"), b, listed) == OTHER_SID
    assert table.claim(send("a"), SECONDS).record.sid == SID


def test_a_message_for_each_is_not_enough_if_they_asked_for_different_ones(table: SendTable) -> None:
    picture = [*TEXT, ("MediaUrl", "https://example.com/1.jpg")]
    unknown(table, send("a"))
    unknown(table, send("b", picture))
    with pytest.raises(OutcomeUnknownError):
        table.adopt(send("a"), table.claim(send("a"), SECONDS).record, {SID: CREATED, OTHER_SID: CREATED})


def test_a_second_attempt_is_in_flight_too(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send("a"))
    unknown(table, send("b"))
    clock.now += UNKNOWN_SECONDS - 1
    table.attempt_again(send("b"), table.claim(send("b"), SECONDS).record)
    with pytest.raises(OutcomeUnknownError):
        table.adopt(send("a"), table.claim(send("a"), SECONDS).record, {SID: int(clock.now)})


@pytest.mark.parametrize("reporter", ["a", "b"])
def test_where_one_may_have_been_reported_there_are_never_enough_messages(table: SendTable, reporter: str) -> None:
    lost = "ab".replace(reporter, "")
    unknown(table, send(lost))
    # Its holder died, perhaps with a message reported.
    died = table.claim(send(reporter), SECONDS).record
    table.unknown(send(reporter), died)
    for key in "ab":
        record = table.claim(send(key), SECONDS).record
        with pytest.raises(OutcomeUnknownError):
            table.adopt(send(key), record, {SID: CREATED, OTHER_SID: CREATED})


def test_a_message_that_is_adopted_is_adopted_by_nobody_else(table: SendTable) -> None:
    unknown(table, send("a"))
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, {SID: CREATED}) == SID
    unknown(table, send("b"))
    assert table.adopt(send("b"), table.claim(send("b"), SECONDS).record, {SID: CREATED}) is None


def test_a_message_that_becomes_another_s_while_it_is_looked_at_leaves_the_outcome_unknown(
    table: SendTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown(table, send("a"))
    record = table.claim(send("a"), SECONDS).record
    # As it was read before the other one claimed it.
    monkeypatch.setattr(table, "is_free", lambda *_: True)
    table.sent(send("b"), table.claim(send("b"), SECONDS).record, SID)
    with pytest.raises(OutcomeUnknownError):
        table.adopt(send("a"), record, {SID: CREATED})


def test_the_own_message_is_told_from_those_that_others_may_have_made(table: SendTable, clock: FakeClock) -> None:
    dead = table.claim(send("b"), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + CLOCK_SECONDS + 1
    unknown(table, send("a"))
    record = table.claim(send("a"), SECONDS).record
    listed = {SID: dead.held_until, OTHER_SID: int(clock.now)}
    assert table.adopt(send("a"), record, listed) == OTHER_SID


def test_a_message_that_another_key_produced_is_never_adopted(table: SendTable, clock: FakeClock) -> None:
    table.sent(send("a"), table.claim(send("a"), SECONDS).record, SID)
    unknown(table, send("b"))
    clock.now += UNKNOWN_SECONDS - 1
    assert table.adopt(send("b"), table.claim(send("b"), SECONDS).record, {SID: CREATED}) is None


def test_connections_of_one_account_do_not_adopt_each_other_s_messages(table: SendTable) -> None:
    table.sent(send(connection="a"), table.claim(send(connection="a"), SECONDS).record, SID)
    unknown(table, send(connection="b"))
    record = table.claim(send(connection="b"), SECONDS).record
    assert table.adopt(send(connection="b"), record, {SID: CREATED}) is None


@pytest.mark.parametrize("parameters", [TEXT, TEMPLATE], ids=["the same text", "a template"])
def test_nothing_is_adopted_while_a_request_like_it_is_in_flight(
    table: SendTable, parameters: list[tuple[str, str]]
) -> None:
    unknown(table, send("a"))
    record = table.claim(send("a"), 2 * SECONDS).record
    other = send("b", parameters)
    in_flight = table.claim(other, SECONDS).record

    for _ in range(2):
        with pytest.raises(OutcomeUnknownError):
            table.adopt(send("a"), record, {SID: CREATED})
        # Nor when its answer is lost: it is decided no more than before.
        table.answer_lost(other, in_flight)
    table.release(other, in_flight, None)
    assert table.adopt(send("a"), record, {SID: CREATED}) == SID


def test_another_text_in_flight_does_not_matter(table: SendTable) -> None:
    unknown(table, send("a"))
    table.claim(send("b", ANOTHER_TEXT), SECONDS)
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, {SID: CREATED}) == SID


def test_a_request_whose_holder_died_may_have_made_what_was_created_in_its_time_and_nothing_later(
    table: SendTable, clock: FakeClock
) -> None:
    unknown(table, send("a"))
    dead = table.claim(send("b"), SECONDS).record
    clock.now += UNKNOWN_SECONDS - 1
    record = table.claim(send("a"), SECONDS).record
    last = dead.held_until + CLOCK_SECONDS
    for created in (CREATED, last):
        with pytest.raises(OutcomeUnknownError):
            table.adopt(send("a"), record, {SID: created})
    assert table.adopt(send("a"), record, {SID: last + 1}) == SID


def test_a_message_of_a_dead_holder_is_its_own_key_s_and_then_stands_in_nobody_s_way(
    table: SendTable, clock: FakeClock
) -> None:
    table.claim(send("b"), SECONDS)
    clock.now += SECONDS + SETTLE_SECONDS + 1
    assert table.adopt(send("b"), table.claim(send("b"), SECONDS).record, {SID: CREATED}) == SID
    unknown(table, send("a"))
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, {OTHER_SID: CREATED}) == OTHER_SID


def test_a_message_that_was_reported_and_not_recorded_is_no_other_send_s(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send("a"))
    # Its holder died, having told of a message that it could not record.
    table.claim(send("b"), SECONDS)
    clock.now += SECONDS + SETTLE_SECONDS + 1
    with pytest.raises(OutcomeUnknownError):
        table.adopt(send("a"), table.claim(send("a"), SECONDS).record, {SID: CREATED})


def test_a_claim_on_a_message_outlives_every_send_that_could_look_for_it(
    table: SendTable, dynamodb: MemoryDynamoDB, clock: FakeClock
) -> None:
    unknown(table, send("a"))
    table.sent(send("b"), table.claim(send("b"), SECONDS).record, SID)
    clock.now += UNKNOWN_SECONDS - 1
    record, _ = table.claim(send("a"), SECONDS)
    again = table.attempt_again(send("a"), record)
    table.unknown(send("a"), again)
    # The message that "b" produced was created after the last attempt but one.
    assert again.previous_attempt_at <= CREATED
    (expiry,) = (int(item["expiresAt"]["N"]) for item in dynamodb.items() if item["sk"]["S"] == "message")
    assert expiry > again.expires_at
