"""Sends in the state table: one holder at a time, and a message for one send only."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.fakes import FakeClock
from tests.integration.aws_faults import refusing
from tests.integration.world import REGION, TABLE, create_table
from twilio_connector.connections import parse_connection
from twilio_connector.errors import IdempotencyConflictError, SendInProgressError, ServiceUnavailableError
from twilio_connector.send_records import SENT_SECONDS, SETTLE_SECONDS, UNKNOWN_SECONDS, Send, State
from twilio_connector.send_table import Claim, SendTable

SECONDS = 30.0
SID, OTHER_SID = "SM" + "0" * 32, "SM" + "1" * 32
ACCOUNT = {"accountSid": "AC" + "0" * 32, "authToken": "token"}
TEXT = [("To", "+15551234567"), ("From", "+15555551234"), ("Body", "Hello from Acme!")]
ANOTHER_TEXT = [*TEXT[:2], ("Body", "x")]
TEMPLATE = [*TEXT[:2], ("ContentSid", "HX" + "0" * 32)]


def send(key: str = "key", parameters: list[tuple[str, str]] = TEXT, connection: str = "default") -> Send:
    return Send.of(parse_connection(connection, json.dumps(ACCOUNT)), key, parameters)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def table(clock: FakeClock) -> Iterator[SendTable]:
    with mock_aws():
        create_table()
        yield SendTable(boto3.client("dynamodb", region_name=REGION), TABLE, clock)


def items() -> list[dict[str, Any]]:
    return list(boto3.client("dynamodb", region_name=REGION).scan(TableName=TABLE)["Items"])


def unknown(table: SendTable, one: Send) -> None:
    """Let a send end without being known."""
    record = table.claim(one, SECONDS).record
    table.landed(one, record)
    table.unknown(one, record)


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


def test_a_released_key_leaves_nothing_behind(table: SendTable) -> None:
    claim = table.claim(send(), SECONDS)
    table.release(send(), claim.record, claim.earlier)
    assert items() == []


def test_a_released_repeat_leaves_what_was_unknown_before(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send())
    clock.now += 900
    record, earlier = table.claim(send(), SECONDS)
    again = table.attempt_again(send(), record)
    table.release(send(), again, earlier)
    later = table.claim(send(), SECONDS).earlier
    assert later
    assert earlier
    assert (later.state, later.attempted) == (State.UNKNOWN, earlier.attempted)


def test_what_a_dead_holder_left_is_taken_over_by_one_caller(table: SendTable, clock: FakeClock) -> None:
    first = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    record, earlier = table.claim(send(), SECONDS)
    assert earlier == first
    assert record.attempted == first.attempted
    with pytest.raises(SendInProgressError):
        table.claim(send(), SECONDS)


def test_who_lost_a_key_frees_and_overwrites_nothing(table: SendTable, clock: FakeClock) -> None:
    lost = table.claim(send(), SECONDS).record
    clock.now += SECONDS + SETTLE_SECONDS + 1
    held = table.claim(send(), SECONDS).record
    table.release(send(), lost, None)
    table.unknown(send(), lost)
    assert not table.adopt(send(), lost, SID)
    with pytest.raises(SendInProgressError):
        table.attempt_again(send(), lost)
    assert table.adopt(send(), held, OTHER_SID)


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

        def find(one: Send, now: float) -> Any:
            record = found(one, now)
            table.sent(one, late, SID)
            return record

        monkeypatch.setattr(table, "_find", find)
        with pytest.raises(SendInProgressError):
            table.claim(send(), SECONDS)
    assert table.claim(send(), SECONDS).record.sid == SID


def test_a_listed_message_is_adopted_by_one_send_only(table: SendTable) -> None:
    unknown(table, send("a"))
    unknown(table, send("b"))
    a, b = table.claim(send("a"), SECONDS).record, table.claim(send("b"), SECONDS).record
    assert table.adopt(send("a"), a, SID)
    assert not table.adopt(send("b"), b, SID)
    assert table.adopt(send("b"), b, OTHER_SID)
    assert table.claim(send("a"), SECONDS).record.sid == SID


def test_a_message_that_another_key_produced_is_never_adopted(table: SendTable, clock: FakeClock) -> None:
    table.sent(send("a"), table.claim(send("a"), SECONDS).record, SID)
    unknown(table, send("b"))
    clock.now += UNKNOWN_SECONDS - 1
    assert not table.adopt(send("b"), table.claim(send("b"), SECONDS).record, SID)


def test_connections_of_one_account_do_not_adopt_each_other_s_messages(table: SendTable) -> None:
    table.sent(send(connection="a"), table.claim(send(connection="a"), SECONDS).record, SID)
    unknown(table, send(connection="b"))
    assert not table.adopt(send(connection="b"), table.claim(send(connection="b"), SECONDS).record, SID)


@pytest.mark.parametrize("parameters", [TEXT, TEMPLATE], ids=["the same text", "a template"])
def test_nothing_is_adopted_while_a_request_like_it_is_in_flight(
    table: SendTable, parameters: list[tuple[str, str]]
) -> None:
    unknown(table, send("a"))
    record = table.claim(send("a"), 2 * SECONDS).record
    other = send("b", parameters)
    in_flight = table.claim(other, SECONDS).record

    with pytest.raises(SendInProgressError):
        table.adopt(send("a"), record, SID)
    table.landed(other, in_flight)
    assert table.adopt(send("a"), record, SID)


def test_another_text_in_flight_does_not_matter(table: SendTable) -> None:
    unknown(table, send("a"))
    table.claim(send("b", ANOTHER_TEXT), SECONDS)
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, SID)


def test_a_request_of_a_dead_holder_is_no_longer_in_flight(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send("a"))
    table.claim(send("b"), SECONDS)
    clock.now += SECONDS + SETTLE_SECONDS + 1
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, SID)


def test_no_item_tells_content_or_numbers_or_keys(table: SendTable) -> None:
    private = send("order of +15557654321")
    table.sent(private, table.claim(private, SECONDS).record, SID)
    table.claim(send("another"), SECONDS)
    told = str(items())
    assert SID in told
    for secret in ("1234567", "7654321", "5551234", "Hello", "order"):
        assert secret not in told


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ResourceNotFoundException"])
def test_a_failing_table_is_an_error_of_the_service(table: SendTable, code: str) -> None:
    with (
        refusing("TransactWriteItems", code),
        pytest.raises(ServiceUnavailableError, match=rf"^DynamoDB refused the request: {code}\.$"),
    ):
        table.claim(send(), SECONDS)
