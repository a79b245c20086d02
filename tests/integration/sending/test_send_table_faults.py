"""Sends whose state table is throttled, or does not answer: recorded all the same, and no key is held for nothing."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support.aws_faults import failing
from tests.support.fakes import FakeClock, FakeContext
from tests.support.moto_clients import moto_client
from tests.support.send_tables import SECONDS, SID, send, unknown
from tests.support.world import TABLE, World
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.sending.budget import SETTLE_SECONDS
from twilio_connector.sending.records import State
from twilio_connector.sending.table import SendTable

TEMPLATE = {"to": "+15551234567", "from": "+15555551234", "contentSid": "HX" + "0" * 32, "idempotencyKey": "order-7"}
UNANSWERED = ReadTimeoutError(endpoint_url="https://dynamodb")
LOST = pytest.mark.parametrize("takes_effect", [False, True], ids=["not carried out", "carried out"])


def items() -> list[dict[str, Any]]:
    """All items of the table."""
    return list(moto_client("dynamodb").scan(TableName=TABLE)["Items"])


def canceled(reason: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": "None"}, {"Code": reason}, {"Code": "None"}],
    }
    return ClientError(response, "TransactWriteItems")


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"])
def test_a_template_whose_record_is_throttled_once_is_not_sent_again_after_the_hold(world: World, reason: str) -> None:
    world.overrides["UNKNOWN_HOLD_SECONDS"] = "0"
    with failing("TransactWriteItems", canceled(reason), calls=[2]):
        first = world.invoke("send_sms", TEMPLATE)["data"]["sid"]
    # As a repeat after the hold would find it, the process that held the key being over.
    (record,) = (item for item in world.items() if item["sk"]["S"] == "record")
    assert (record["state"]["S"], record["sid"]["S"]) == (State.SENT, first)
    assert world.invoke("send_sms", TEMPLATE)["data"]["sid"] == first
    assert len(world.twilio.messages) == 1


@LOST
def test_a_claim_whose_answer_is_lost_goes_on(table: SendTable, takes_effect: bool) -> None:
    with failing("TransactWriteItems", UNANSWERED, calls=[1], takes_effect=takes_effect):
        record, earlier = table.claim(send(), SECONDS)
    assert earlier is None
    table.sent(send(), record, SID)
    assert table.claim(send(), SECONDS).record.sid == SID


@LOST
def test_a_claim_whose_answers_are_all_lost_leaves_the_key_free(table: SendTable, takes_effect: bool) -> None:
    with failing("TransactWriteItems", UNANSWERED, takes_effect=takes_effect), pytest.raises(ServiceUnavailableError):
        table.claim(send(), SECONDS)
    assert items() == []
    assert table.claim(send(), SECONDS).earlier is None


@LOST
def test_a_repeat_whose_answers_are_all_lost_does_not_begin_the_hold_anew(
    table: SendTable, clock: FakeClock, takes_effect: bool
) -> None:
    unknown(table, send())
    clock.now += 900
    with failing("TransactWriteItems", UNANSWERED, takes_effect=takes_effect), pytest.raises(ServiceUnavailableError):
        table.claim(send(), SECONDS)
    record, earlier = table.claim(send(), SECONDS)
    with failing("TransactWriteItems", UNANSWERED, takes_effect=takes_effect), pytest.raises(ServiceUnavailableError):
        table.attempt_again(send(), record)
    if not takes_effect:
        # Nor has it been carried out that the key is given back: its holder's time has to end.
        clock.now += SECONDS + SETTLE_SECONDS + 1
    record, again = table.claim(send(), SECONDS)
    assert earlier
    assert again
    assert (again.request, again.last_attempt_at) == (earlier.request, earlier.last_attempt_at)
    assert again.may_repeat(clock.now, 900)
    assert table.attempt_again(send(), record).request != earlier.request


@LOST
def test_who_loses_the_answer_to_a_claim_takes_back_nobody_else_s(table: SendTable, takes_effect: bool) -> None:
    holder = table.claim(send(), SECONDS).record
    dynamodb = moto_client("dynamodb")
    stood = items()
    for item in stood:
        dynamodb.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})

    def meanwhile() -> None:
        for item in stood:
            dynamodb.put_item(TableName=TABLE, Item=item)

    with (
        failing("TransactWriteItems", UNANSWERED, takes_effect=takes_effect, before=meanwhile),
        pytest.raises(ServiceUnavailableError),
    ):
        table.claim(send(), SECONDS)
    table.sent(send(), holder, SID)
    assert table.claim(send(), SECONDS).record.sid == SID


def test_a_text_whose_claim_is_not_answered_is_sent_at_once_by_the_next_call(world: World) -> None:
    text = {**TEMPLATE, "contentSid": "", "message": "Hello from Acme!"}
    with failing("TransactWriteItems", UNANSWERED, takes_effect=True), pytest.raises(ServiceUnavailableError):
        world.invoke("send_sms", text, FakeContext(seconds=5))
    assert world.twilio.requests == []
    sid = world.invoke("send_sms", text)["data"]["sid"]
    assert [sid] == [message.sid for message in world.twilio.messages]
