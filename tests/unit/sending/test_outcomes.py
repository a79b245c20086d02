"""The outcome of a send is published, or kept to be published later, in the available time."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.fakes import BUS, TIMED_OUT, FakeBus, FakeClock, FakeQueue
from tests.support.log_lines import log_lines
from tests.support.metric_lines import emitted
from twilio_connector.bus.event import MAX_BYTES, EventTooLargeError
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.errors import (
    ConnectionConfigError,
    InvalidInputError,
    RecipientNotAllowedError,
    SendLimitError,
    TwilioConnectorError,
    TwilioOptedOutError,
    TwilioRejectedError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.sqs_batch import SqsRecord
from twilio_connector.sending.outcomes import Outcome, QueuedInput, failed_event, sent_event
from twilio_connector.sending.queue import SendQueue

CALL_SECONDS = 8.0


class FakeSender:
    """Sends everything at once, of a connection that cannot be read."""

    @property
    def connections(self) -> "FakeSender":
        return self

    def get(self, name: str) -> None:
        raise ConnectionConfigError(f"Connection '{name}' does not exist.")

    def send_sms(self, event: object, default_key: str) -> dict[str, Any]:
        return {"data": {"sid": default_key}}


def test_a_bus_that_hangs_does_not_take_the_time_of_the_other_records() -> None:
    clock = FakeClock()
    began = clock.now
    bus, queue = FakeBus(failure=TIMED_OUT, seconds=CALL_SECONDS, clock=clock), FakeQueue()
    sends = SendQueue(
        FakeSender(),  # type: ignore[arg-type]
        Outbox(
            Publisher(bus, BUS, sleep=clock.sleep),  # type: ignore[arg-type]
            UndeliveredQueue(queue, "https://sqs/undelivered"),  # type: ignore[arg-type]
        ),
        publish_by=Deadline.after(CALL_SECONDS, clock),
    )
    records = [{"messageId": f"m{number}", "body": "{}"} for number in range(5)]
    assert sends.handle({"Records": records}, Deadline.after(60, clock)) == {"batchItemFailures": []}
    kept = [json.loads(UndeliveredQueue.parse(body).detail)["id"] for body in queue.bodies]
    assert kept == [f"sqs:m{number}" for number in range(5)]
    assert clock.now - began == CALL_SECONDS


ACCOUNT_SID = "AC" + "0" * 32
REFUSAL = TwilioRejectedError("Twilio answered 400 (code 21211): invalid", status=400, code=21211)


def queued(given: object) -> QueuedInput:
    return QueuedInput.of(SqsRecord("m0", given if isinstance(given, str) else json.dumps(given)))


def test_an_input_is_read_with_its_key_its_connection_and_what_is_wrong_with_it() -> None:
    whole = queued({"to": "+1", "idempotencyKey": "order-1", "connection": "eu"})
    assert (whole.record.message_id, whole.key, whole.connection, whole.unreadable) == ("m0", "order-1", "eu", None)
    assert whole.given == {"to": "+1", "idempotencyKey": "order-1", "connection": "eu"}
    assert (queued({}).key, queued({}).connection) == ("sqs:m0", "default")
    torn = queued("{")
    assert (torn.record.message_id, torn.given, torn.key) == ("m0", None, "sqs:m0")
    assert str(torn.unreadable).startswith("The message in the queue cannot be read: ")
    # What can be parsed but is not an input is included, for whoever looks for it.
    assert queued([1]).given == [1]
    assert queued([1]).unreadable


def test_what_was_sent_and_what_was_not_are_told_in_full() -> None:
    of = queued({"to": "+1", "connection": "eu"})
    began = datetime.now(UTC).replace(microsecond=0)
    sent, failed = sent_event(of, ACCOUNT_SID, {"sid": "SM0"}), failed_event(of, ACCOUNT_SID, REFUSAL)
    error = {"type": "TwilioRejectedError", "code": 21211, "status": 400, "message": str(REFUSAL)}
    for event, kind, outcome in (
        (sent, "Message Sent", {"message": {"sid": "SM0"}}),
        (failed, "Message Send Failed", {"error": error}),
    ):
        detail = json.loads(event.detail)
        received = datetime.fromisoformat(detail.pop("receivedAt"))
        assert began <= received <= datetime.now(UTC)
        assert event.detail_type == kind
        assert detail == {
            "id": "sqs:m0",
            "connection": "eu",
            "accountSid": ACCOUNT_SID,
            "body": {"data": {"input": {"to": "+1", "connection": "eu"}, **outcome}},
        }


def test_an_input_too_large_for_the_bus_is_left_out_and_a_message_that_is_too_large_is_an_error() -> None:
    empty = sent_event(queued({"to": ""}), ACCOUNT_SID, {}).size
    fits = queued({"to": "1" * (MAX_BYTES - empty)})
    assert sent_event(fits, ACCOUNT_SID, {}).size == MAX_BYTES
    larger = sent_event(queued({"to": "1" * (MAX_BYTES - empty + 1)}), ACCOUNT_SID, {"sid": "SM0"})
    assert larger.detail_type == "Message Sent"
    assert json.loads(larger.detail)["body"] == {"data": {"input": None, "message": {"sid": "SM0"}}}

    bare = sent_event(queued("null"), ACCOUNT_SID, {"body": ""}).size
    whole = {"body": "1" * (MAX_BYTES - bare)}
    assert sent_event(queued("null"), ACCOUNT_SID, whole).size == MAX_BYTES
    whole["body"] += "1"
    with pytest.raises(
        EventTooLargeError, match=r"^A 'Message Sent' event of 262,145 bytes is too large to publish\.$"
    ):
        sent_event(queued("null"), ACCOUNT_SID, whole)


@pytest.mark.parametrize(
    ("given", "failure", "cause", "counted"),
    [
        ({"connection": "eu"}, REFUSAL, "rejected", True),
        ({"connection": "eu"}, TwilioOptedOutError("no", status=400, code=21610), "opted_out", True),
        ({"connection": "eu"}, InvalidInputError("no"), "input", True),
        ({"connection": "eu"}, RecipientNotAllowedError("no"), "country", False),
        ({"connection": "eu"}, SendLimitError("no"), "limited", False),
        ({"connection": "call me"}, InvalidInputError("no"), "input", True),
        ("[1]", InvalidInputError("no"), "unreadable", True),
    ],
    ids=["rejected", "opt-out", "input", "country", "limited", "private connection", "unreadable"],
)
def test_what_is_given_up_is_logged_and_counted_once(
    given: object, failure: TwilioConnectorError, cause: str, counted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    of = queued(given)
    event = failed_event(of, None, failure)
    with log_lines() as lines:
        Outcome(of, event).report()
        assert lines == []
        Outcome(of, event, (), failure).report()
    (line,) = map(json.loads, lines)
    assert (line["level"], line["message"]) == ("WARNING", "An input of the send queue was refused for good")
    assert (line["cause"], line["error_type"], line["reason"]) == (cause, type(failure).__name__, str(failure))
    assert (line.get("code"), line["sqs_message_id"]) == (failure.code, "m0")
    assert line.get("connection") == {"eu": "eu", "default": "default"}.get(of.connection)
    causes = [found["cause"] for name, found, value in emitted(capsys.readouterr().out) if name == "SendsRefused"]
    assert causes == ([cause] if counted else [])
