"""What the board remembers, and what it tells of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from local.phone.board import GRACE_SECONDS, Board
from local.twilio_sandbox import Message, TwilioSandbox
from local.twilio_sandbox.running import utc_now
from tests.support.phone import event, status_event

US, THEM = "+15558675309", "+15551234567"


class FakeTwilio:
    """An account with these messages."""

    def __init__(self, *messages: Message) -> None:
        self.messages: Sequence[Message] = messages
        self.opted_out = set[str]()

    def board(self, clock: list[float] | None = None) -> Board:
        now = clock if clock is not None else [0.0]
        return Board(cast(TwilioSandbox, self), wall_clock=lambda: now[0], clock=lambda: now[0])


def outbound(sid: str, status: str, body: str = "Hello") -> Message:
    now = utc_now()
    return Message(
        sid=sid,
        account_sid="AC1",
        direction="outbound-api",
        to=THEM,
        from_=US,
        body=body,
        status=status,
        date_created=now,
        date_updated=now,
        status_callback="https://hooks.example.com/in",
    )


def inbound(sid: str, body: str) -> Message:
    return replace(outbound(sid, "received", body), direction="inbound", from_=THEM, to=US, status_callback=None)


def counters(board: Board) -> dict[str, Any]:
    found: dict[str, Any] = board.told()["counters"]
    return found


def test_a_fact_is_lost_when_the_bus_has_not_heard_of_it_for_a_while_and_found_when_it_has() -> None:
    clock = [100.0]
    board = FakeTwilio(outbound("SM1", "delivered")).board(clock)
    assert counters(board)["lost"] == 0
    clock[0] += GRACE_SECONDS
    assert counters(board)["lost"] == 1
    board.saw(status_event("SM1", "delivered", 3), [])
    assert counters(board)["lost"] == 0


def test_an_event_that_comes_again_is_published_once() -> None:
    board = FakeTwilio().board()
    for _ in range(2):
        board.saw(status_event("SM1", "sent", 2), ["A rule"])
    board.saw(event("Message Received", id="SM1:sent"), [])
    told = board.told()
    assert (told["counters"]["published"], told["counters"]["again"]) == (2, 1)
    assert [(one["number"], one["again"], one["rules"]) for one in told["events"]] == [
        (3, False, []),
        (2, True, ["A rule"]),
        (1, False, ["A rule"]),
    ]


def test_the_queue_tells_of_its_sends_by_events() -> None:
    board = FakeTwilio().board()
    sent, failed = (board.ask("queue", from_=US, to=THEM, body=body) for body in ("one", "two"))
    board.saw(event("Message Sent", id=sent.key, body={"data": {"message": {"sid": "SM1"}}}), [])
    error = {"type": "TwilioRejectedError", "message": "no"}
    board.saw(event("Message Send Failed", id=failed.key, body={"data": {"error": error}}), [])
    assert board.send_of(sent.number).sid == "SM1"
    assert board.send_of(failed.number).error == "TwilioRejectedError: no"


def test_a_send_is_one_bubble_before_and_after_its_answer() -> None:
    twilio = FakeTwilio()
    board = twilio.board()
    send = board.ask("direct", from_=US, to=THEM, body="Hello")

    def bubbles() -> list[tuple[str, str, str]]:
        (conversation,) = board.told()["conversations"]
        return [(text["id"], text["status"], text["atTwilio"]) for text in conversation["texts"]]

    assert bubbles() == [("send-1", "sending", "")]
    twilio.messages = [outbound("SM1", "sent")]
    assert bubbles() == [("send-1", "queued", "sent")]
    board.settle(send.number, sid="SM1")
    board.saw(status_event("SM1", "sent", 2), [])
    assert bubbles() == [("send-1", "sent", "")]


def test_a_text_that_was_there_stands_above_its_answer_though_nobody_looked_in_between() -> None:
    clock, twilio = [100.0], FakeTwilio(inbound("SM1", "Where is it?"))
    board = twilio.board(clock)
    board.ask("direct", from_=US, to=THEM, body="On its way")
    clock[0] += 1
    twilio.messages = [*twilio.messages, inbound("SM2", "Thank you")]
    (conversation,) = board.told()["conversations"]
    assert [text["body"] for text in conversation["texts"]] == ["Where is it?", "On its way", "Thank you"]


def test_only_a_send_that_failed_is_made_again_and_by_one_alone() -> None:
    board = FakeTwilio().board()
    send = board.ask("direct", from_=US, to=THEM, body="Hello")
    assert board.ask_again(send.number) is None
    board.settle(send.number, error="OutcomeUnknownError: who knows")
    again = board.ask_again(send.number)
    assert again is not None
    assert again.key == send.key
    assert board.ask_again(send.number) is None
    assert board.ask_again(99) is None
    # Another execution of the state machine would have another key.
    steps = board.ask("steps", from_=US, to=THEM, body="Hello")
    board.settle(steps.number, error="States.TaskFailed: who knows")
    assert board.ask_again(steps.number) is None


def test_without_a_sandbox_texts_are_what_polls_published_and_nobody_says_what_is_lost() -> None:
    board = Board(None)
    record = {"sid": "SM1", "direction": "inbound", "from": THEM, "to": US, "body": "Hi", "status": "received"}
    board.saw(event("New and Updated Records", id="poll", body={"data": {"created": [record]}}), [])
    told = board.told()
    assert [(one["customer"], one["texts"][0]["body"]) for one in told["conversations"]] == [(THEM, "Hi")]
    assert told["counters"]["lost"] is None


def test_nobody_waits_beyond_the_end() -> None:
    board = Board(None)
    board.close()
    assert board.wait_until(lambda: True, 60)
    assert not board.wait_until(lambda: False, 60)


def test_what_people_said_is_in_no_repr() -> None:
    board = FakeTwilio(outbound("SM1", "sent", "said")).board()
    told = repr([board.ask("direct", from_=US, to=THEM, body="said"), *board.texts])
    assert not [said for said in ("said", US, THEM) if said in told]
