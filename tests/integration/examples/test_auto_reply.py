"""The function of examples/auto-reply: who gets an answer, who gets none, and what its log holds."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from local.sam import PROJECT_ROOT
from local.schemas import validate_detail, validate_document
from tests.support.aws_models import judged
from tests.support.example_table import MemoryTable
from tests.support.golden_events import THIS_VERSION, versions

SOURCE = (PROJECT_ROOT / "examples" / "auto-reply" / "src" / "auto_reply.py").read_text()
GOLDEN = versions()[THIS_VERSION.name]
PERSON, OURS, OTHER, SERVICE = "+15551234567", "+15558675309", "+15550009999", "MG" + "5e" * 16
START = datetime(2026, 3, 15, 14, 0, tzinfo=UTC)


@judged("sqs")
class Replies:
    """The function with a table in memory, and what it put into the send queue."""

    def __init__(self) -> None:
        self.module: dict[str, Any] = {"__name__": "auto_reply"}
        exec(compile(SOURCE, "auto_reply.py", "exec"), self.module)
        self.now = START
        self.sent: list[dict[str, Any]] = []
        self.failing = False
        self.table = MemoryTable()
        clock = SimpleNamespace(time=lambda: self.now.timestamp())
        self.module |= {"dynamodb": self.table, "sqs": self, "time": clock}
        self.number = 0

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        if self.failing:
            raise ConnectionError("no queue")
        self.sent.append(json.loads(MessageBody))

    def text(self, body: str = "Hello", **changes: Any) -> dict[str, Any]:
        """An inbound text that arrives now."""
        self.number += 1
        sid = f"SM{self.number:032x}"
        event = copy.deepcopy(GOLDEN["message-received.text"])
        parameters = {"MessageSid": sid, "From": PERSON, "To": OURS, "Body": body, "SmsStatus": "received", **changes}
        event["detail"] |= {"id": sid, "receivedAt": self.instant(), "body": {"data": parameters}}
        validate_detail("Message Received", event["detail"])
        return event

    def wish(self, *, out: bool, at: timedelta = timedelta(0), **changes: Any) -> dict[str, Any]:
        """The event of an opt-out or an opt-in of so long from now."""
        event = copy.deepcopy(GOLDEN["recipient-opted-out.keyword" if out else "recipient-opted-in.keyword"])
        event["detail"]["receivedAt"] = self.instant(at)
        event["detail"]["body"]["data"] |= {"recipient": PERSON, "sender": OURS, "messagingServiceSid": None, **changes}
        return event

    def instant(self, after: timedelta = timedelta(0)) -> str:
        """As the connector writes it."""
        return f"{self.now + after:%Y-%m-%dT%H:%M:%S}.000Z"

    def handle(self, *events: dict[str, Any]) -> list[str]:
        """To whom texts have gone by now."""
        for event in events:
            self.module["handler"](event, None)
        return [text["to"] for text in self.sent]


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replies]:
    environment = {"TABLE": "t", "SEND_QUEUE_URL": "q", "REPLY_TEXT": "Thanks", "QUIET_MINUTES": "60"}
    for name, value in {**environment, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    yield Replies()


def test_a_text_is_answered_from_the_number_that_it_was_sent_to(replies: Replies) -> None:
    event = replies.text()
    replies.handle(event)
    sid, connection = event["detail"]["id"], event["detail"]["connection"]
    key = f"auto-reply {sid}"
    answer = {"to": PERSON, "from": OURS, "message": "Thanks", "connection": connection, "idempotencyKey": key}
    assert replies.sent == [answer]
    validate_document("inputs/send-sms", answer)


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop. ", "STOP!!", "stop all", "Unsubscribe", "cancel", "HELP", "yes"]
)
def test_a_keyword_is_not_answered(replies: Replies, body: str) -> None:
    assert replies.handle(replies.text(body)) == []


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP"])
def test_what_twilio_took_for_a_wish_is_not_answered_in_any_language(replies: Replies, kind: str) -> None:
    assert replies.handle(replies.text("Arret", OptOutType=kind)) == []


@pytest.mark.parametrize(
    "body", ["Please don't stop", "When does it end?", "", "\0\ud83d\ude00" * 400, "{{7*7}} ${HOME}"]
)
def test_whatever_else_it_says_is_answered_with_the_same_words(replies: Replies, body: str) -> None:
    assert replies.handle(replies.text(body)) == [PERSON]
    assert replies.sent[0]["message"] == "Thanks"


@pytest.mark.parametrize(
    "changes",
    [
        {"From": "12345"},
        {"From": "ACME"},
        {"From": ""},
        {"From": OURS},
        {"To": ""},
        {"MessageSid": ""},
        {"From": "+1 5"},
    ],
    ids=str,
)
def test_machines_and_ourselves_get_no_answer(replies: Replies, changes: dict[str, str]) -> None:
    assert replies.handle(replies.text(**changes)) == []


def test_two_machines_that_answer_each_other_stop_after_one_answer(replies: Replies) -> None:
    for _ in range(50):
        replies.now += timedelta(seconds=1)
        replies.handle(replies.text("I am out of office"))
    assert len(replies.sent) == 1
    replies.now += timedelta(minutes=61)
    assert replies.handle(replies.text("Hello again"), replies.text("And again")) == [PERSON] * 2


def test_an_event_that_comes_twice_is_one_text_by_its_key(replies: Replies) -> None:
    event = replies.text()
    replies.handle(event, event)
    assert len({text["idempotencyKey"] for text in replies.sent}) == 1


def test_an_answer_that_did_not_leave_leaves_with_the_repeat(replies: Replies) -> None:
    event = replies.text()
    replies.failing = True
    with pytest.raises(ConnectionError):
        replies.handle(event)
    replies.failing = False
    assert replies.handle(event) == [PERSON]


def test_a_text_of_yesterday_is_not_answered_any_more(replies: Replies) -> None:
    event = replies.text()
    replies.now += timedelta(days=1)
    assert replies.handle(event) == []


def test_who_opted_out_gets_no_answer_until_opting_in_again(replies: Replies) -> None:
    assert replies.handle(replies.wish(out=True), replies.text()) == []
    assert replies.handle(replies.text(From=OTHER), replies.text(To=OTHER)) == [OTHER, PERSON]
    replies.now += timedelta(hours=2)
    assert replies.handle(replies.wish(out=False), replies.text()) == [OTHER, PERSON, PERSON]


def test_who_opted_out_of_a_service_gets_none_of_its_numbers(replies: Replies) -> None:
    replies.handle(replies.wish(out=True, sender=None, messagingServiceSid=SERVICE))
    assert replies.handle(replies.text(MessagingServiceSid=SERVICE), replies.text(To=OTHER)) == [PERSON]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("last_out", [False, True])
def test_the_last_wish_counts_in_whatever_order_they_come(replies: Replies, last_out: bool, backwards: bool) -> None:
    wishes = [replies.wish(out=not last_out), replies.wish(out=last_out, at=timedelta(seconds=1))]
    replies.handle(*(reversed(wishes) if backwards else wishes))
    assert replies.handle(replies.text()) == ([] if last_out else [PERSON])


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_wishes_at_once_that_for_no_texts_counts(replies: Replies, backwards: bool) -> None:
    wishes = [replies.wish(out=True), replies.wish(out=False)]
    replies.handle(*(reversed(wishes) if backwards else wishes))
    assert replies.handle(replies.text()) == []


def test_neither_log_nor_table_holds_texts_or_numbers(replies: Replies, capsys: pytest.CaptureFixture[str]) -> None:
    replies.handle(replies.wish(out=True, recipient=OTHER), replies.text("A secret"), replies.text("STOP", From=OTHER))
    told = capsys.readouterr().out
    assert told.splitlines() == [
        "SM" + "0" * 31 + "1 is answered",
        "SM" + "0" * 31 + "2 is not answered: it is a keyword",
    ]
    assert not re.search(r"\+\d|secret", told + str(replies.table.items))


def test_an_event_of_a_newer_connector_is_left_alone(replies: Replies) -> None:
    assert replies.handle({"source": "twilio.connector", "detail-type": "Message Translated", "detail": {}}) == []
