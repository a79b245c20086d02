"""Sends in the state table: one holder at a time, and nothing private."""

from typing import Any

import pytest

from tests.support.fakes import FakeClock, refused
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.send_tables import CREATED, OTHER_SID, SECONDS, SID, TEXT, send, table_in, unknown
from twilio_connector.errors import (
    IdempotencyConflictError,
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
)
from twilio_connector.sending.budget import SENT_SECONDS, SETTLE_SECONDS
from twilio_connector.sending.records import Send, State
from twilio_connector.sending.table import Claim, SendTable
from twilio_connector.state.table import StateTable


@pytest.fixture
def dynamodb() -> MemoryDynamoDB:
    return MemoryDynamoDB()


@pytest.fixture
def table(dynamodb: MemoryDynamoDB, clock: FakeClock) -> SendTable:
    return table_in(dynamodb, clock)


def test_a_key_has_one_holder_at_a_time(table: SendTable, clock: FakeClock) -> None:
    assert table.claim(send(), SECONDS).earlier is None
    with pytest.raises(SendInProgressError):
        table.claim(send(), SECONDS)
    clock.now += SECONDS + SETTLE_SECONDS
    with pytest.raises(SendInProgressError):
        table.claim(send(), SECONDS)


def test_keys_are_scoped_by_connection(table: SendTable) -> None:
    table.claim(send(connection="a"), SECONDS)
    assert table.claim(send(connection="b"), SECONDS).earlier is None


def test_a_sent_message_is_remembered_for_a_day_and_no_longer(table: SendTable, clock: FakeClock) -> None:
    table.sent(send(), table.claim(send(), SECONDS).record, SID)
    clock.now += SENT_SECONDS - 1
    assert (table.claim(send(), SECONDS).record.state, table.claim(send(), SECONDS).record.sid) == (State.SENT, SID)
    clock.now += 1
    assert table.claim(send(), SECONDS).earlier is None


def test_another_request_under_the_same_key_is_a_conflict_in_every_state(table: SendTable) -> None:
    other = send(parameters=[*TEXT, ("ValidityPeriod", "5")])
    record = table.claim(send(), SECONDS).record
    with pytest.raises(IdempotencyConflictError):
        table.claim(other, SECONDS)
    table.unknown(send(), record)
    with pytest.raises(IdempotencyConflictError):
        table.claim(other, SECONDS)
    table.sent(send(), record, SID)
    with pytest.raises(IdempotencyConflictError):
        table.claim(other, SECONDS)


def test_a_released_key_leaves_nothing_behind(table: SendTable, dynamodb: MemoryDynamoDB) -> None:
    claim = table.claim(send(), SECONDS)
    table.release(send(), claim.record, claim.earlier)
    assert list(dynamodb.items()) == []


def test_a_released_repeat_leaves_what_was_unknown_before(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send())
    clock.now += 900
    record, earlier = table.claim(send(), SECONDS)
    again = table.attempt_again(send(), record)
    table.release(send(), again, earlier)
    later = table.claim(send(), SECONDS).earlier
    assert later
    assert earlier
    assert (later.state, later.last_attempt_at) == (State.UNKNOWN, earlier.last_attempt_at)


def test_what_a_dead_holder_left_is_taken_over_by_one_caller(table: SendTable, clock: FakeClock) -> None:
    first = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    record, earlier = table.claim(send(), SECONDS)
    assert earlier == first
    assert record.last_attempt_at == first.last_attempt_at
    with pytest.raises(SendInProgressError):
        table.claim(send(), SECONDS)


def test_who_lost_a_key_frees_and_overwrites_nothing(table: SendTable, clock: FakeClock) -> None:
    lost = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    held = table.claim(send(), SECONDS).record
    table.release(send(), lost, None)
    table.unknown(send(), lost)
    with pytest.raises(OutcomeUnknownError):
        table.adopt(send(), lost, {SID: CREATED})
    with pytest.raises(SendInProgressError):
        table.attempt_again(send(), lost)
    assert table.adopt(send(), held, {OTHER_SID: CREATED}) == OTHER_SID


def test_an_answer_that_comes_late_counts_all_the_same(table: SendTable, clock: FakeClock) -> None:
    late = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    searching = table.claim(send(), SECONDS).record
    table.sent(send(), late, SID)
    table.unknown(send(), searching)
    assert table.claim(send(), SECONDS) == Claim(table.claim(send(), SECONDS).record)
    assert table.claim(send(), SECONDS).record.sid == SID


def test_a_record_that_was_ended_meanwhile_is_not_taken_over(table: SendTable, clock: FakeClock) -> None:
    late = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    found = table._find
    with pytest.MonkeyPatch.context() as monkeypatch:

        def find(state: StateTable, one: Send, now: float) -> Any:
            record = found(state, one, now)
            table.sent(one, late, SID)
            return record

        monkeypatch.setattr(table, "_find", find)
        with pytest.raises(SendInProgressError):
            table.claim(send(), SECONDS)
    assert table.claim(send(), SECONDS).record.sid == SID


def test_no_item_tells_content_or_numbers_or_keys(table: SendTable, dynamodb: MemoryDynamoDB) -> None:
    private = send("order of +15557654321")
    table.sent(private, table.claim(private, SECONDS).record, SID)
    table.claim(send("another"), SECONDS)
    told = str(list(dynamodb.items()))
    assert SID in told
    for secret in ("1234567", "7654321", "5551234", "Hello", "order"):
        assert secret not in told


class Refusing(MemoryDynamoDB):
    """Refuses transactions with the error *code*."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def transact_write_items(self, **_: Any) -> dict[str, Any]:
        """As DynamoDB's client."""
        raise refused(self.code)


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ResourceNotFoundException"])
def test_a_failing_table_is_an_error_of_the_service(clock: FakeClock, code: str) -> None:
    with pytest.raises(ServiceUnavailableError, match=rf"^DynamoDB refused the request: {code}\.$"):
        table_in(Refusing(code), clock).claim(send(), SECONDS)
