"""Listed messages and the sends that they become: each of one send only, and never of a wrong one."""

import pytest

from tests.fakes import FakeClock
from tests.integration.aws_faults import refusing
from tests.integration.send_tables import CREATED, OTHER_SID, SECONDS, SID, TEXT, items, send, unknown
from twilio_connector.errors import OutcomeUnknownError, ServiceUnavailableError
from twilio_connector.send_records import CLOCK_SECONDS, SETTLE_SECONDS, UNKNOWN_SECONDS
from twilio_connector.send_table import SendTable

ANOTHER_TEXT = [*TEXT[:2], ("Body", "x")]
TEMPLATE = [*TEXT[:2], ("ContentSid", "HX" + "0" * 32)]


def test_a_listed_message_is_adopted_by_one_send_only(table: SendTable) -> None:
    unknown(table, send("a"))
    unknown(table, send("b"))
    a, b = table.claim(send("a"), SECONDS).record, table.claim(send("b"), SECONDS).record
    assert table.adopt(send("a"), a, SID, CREATED)
    assert not table.adopt(send("b"), b, SID, CREATED)
    assert table.adopt(send("b"), b, OTHER_SID, CREATED)
    assert table.claim(send("a"), SECONDS).record.sid == SID


def test_a_message_that_another_key_produced_is_never_adopted(table: SendTable, clock: FakeClock) -> None:
    table.sent(send("a"), table.claim(send("a"), SECONDS).record, SID)
    unknown(table, send("b"))
    clock.now += UNKNOWN_SECONDS - 1
    assert not table.adopt(send("b"), table.claim(send("b"), SECONDS).record, SID, CREATED)


def test_connections_of_one_account_do_not_adopt_each_other_s_messages(table: SendTable) -> None:
    table.sent(send(connection="a"), table.claim(send(connection="a"), SECONDS).record, SID)
    unknown(table, send(connection="b"))
    assert not table.adopt(send(connection="b"), table.claim(send(connection="b"), SECONDS).record, SID, CREATED)


@pytest.mark.parametrize("parameters", [TEXT, TEMPLATE], ids=["the same text", "a template"])
def test_nothing_is_adopted_while_a_request_like_it_is_in_flight(
    table: SendTable, parameters: list[tuple[str, str]]
) -> None:
    unknown(table, send("a"))
    record = table.claim(send("a"), 2 * SECONDS).record
    other = send("b", parameters)
    in_flight = table.claim(other, SECONDS).record

    with pytest.raises(OutcomeUnknownError):
        table.adopt(send("a"), record, SID, CREATED)
    table.landed(other, in_flight)
    assert table.adopt(send("a"), record, SID, CREATED)


def test_another_text_in_flight_does_not_matter(table: SendTable) -> None:
    unknown(table, send("a"))
    table.claim(send("b", ANOTHER_TEXT), SECONDS)
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, SID, CREATED)


def test_a_request_whose_holder_died_may_have_made_what_was_created_in_its_time_and_nothing_later(
    table: SendTable, clock: FakeClock
) -> None:
    unknown(table, send("a"))
    dead = table.claim(send("b"), SECONDS).record
    clock.now += UNKNOWN_SECONDS - 1
    record = table.claim(send("a"), SECONDS).record
    last = dead.until + CLOCK_SECONDS
    for created in (CREATED, last, None):
        with pytest.raises(OutcomeUnknownError):
            table.adopt(send("a"), record, SID, created)
    assert table.adopt(send("a"), record, SID, last + 1)


def test_a_message_of_a_dead_holder_is_its_own_key_s_and_then_stands_in_nobody_s_way(
    table: SendTable, clock: FakeClock
) -> None:
    unknown(table, send("a"))
    table.claim(send("b"), SECONDS)
    clock.now += SECONDS + SETTLE_SECONDS + 1
    assert table.adopt(send("b"), table.claim(send("b"), SECONDS).record, SID, CREATED)
    assert table.adopt(send("a"), table.claim(send("a"), SECONDS).record, OTHER_SID, CREATED)


def test_a_message_that_was_reported_and_not_recorded_is_no_other_send_s(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send("a"))
    reported = table.claim(send("b"), SECONDS).record
    with refusing("TransactWriteItems", "InternalServerError"), pytest.raises(ServiceUnavailableError):
        table.sent(send("b"), reported, SID)
    clock.now += SECONDS + SETTLE_SECONDS + 1
    with pytest.raises(OutcomeUnknownError):
        table.adopt(send("a"), table.claim(send("a"), SECONDS).record, SID, CREATED)


def test_a_claim_on_a_message_outlives_every_send_that_could_look_for_it(table: SendTable, clock: FakeClock) -> None:
    unknown(table, send("a"))
    table.sent(send("b"), table.claim(send("b"), SECONDS).record, SID)
    clock.now += UNKNOWN_SECONDS - 1
    record, _ = table.claim(send("a"), SECONDS)
    again = table.attempt_again(send("a"), record)
    table.unknown(send("a"), again)
    # The message that "b" produced was created after the last attempt but one.
    assert again.began <= CREATED
    (expiry,) = (int(item["expiresAt"]["N"]) for item in items() if item["sk"]["S"] == "message")
    assert expiry > again.expiresAt
