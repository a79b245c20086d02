"""The buttons against somebody who breaks what they prove: they say so, and the counters show it."""

from collections.abc import Iterator

import pytest

from local.phone.board import Board
from local.phone.desk import PROOF_CUSTOMER, Desk
from local.phone.proofs import PROOFS
from local.phone.prover import Prover
from local.twilio_sandbox import TwilioSandbox
from tests.support.phone import FakePhoneStack, event


class Careless:
    """A desk in front of a sender that repeats whatever fails, without a stack and a bus."""

    def __init__(self, twilio: TwilioSandbox) -> None:
        self.stack = FakePhoneStack(twilio)
        self.board = Board(twilio)
        self.desk = Desk(self.stack.as_stack, self.board)
        self.prover = Prover(self.desk, twilio, PROOFS)

    def proof(self, kind: str) -> tuple[str, str]:
        """State and last words of a proof."""
        assert self.prover.begin(kind)
        assert self.board.wait_until(lambda: self.board.proof(kind).state != "running", 60)
        run = self.board.proof(kind)
        return run.state, run.steps[-1]


@pytest.fixture
def careless() -> Iterator[Careless]:
    with TwilioSandbox() as twilio:
        desk = Careless(twilio)
        yield desk
        desk.desk.close()


def test_who_texts_somebody_twice_is_seen(careless: Careless) -> None:
    assert careless.proof("accepted") == ("broken", "the customer got 2 texts")
    assert careless.board.told()["counters"]["doubled"] == 1


def test_who_says_that_a_text_was_sent_which_nobody_knows_of_is_seen(careless: Careless) -> None:
    state, words = careless.proof("refused")
    assert (state, words[:18]) == ("broken", "the caller got: SM")


def test_who_lets_a_forger_in_is_seen(careless: Careless) -> None:
    assert careless.proof("forge") == ("held", "The webhook answered 403 and published nothing.")
    careless.stack.status_of_forgery = 204
    assert careless.proof("forge") == ("broken", "the webhook answered 204")
    assert careless.proof("reconcile")[0] == "held"


def test_what_is_running_is_not_begun_again(careless: Careless) -> None:
    assert careless.board.begin_proof("kill")
    assert not careless.prover.begin("kill")


def test_a_text_through_the_desk_gets_what_came_of_it(careless: Careless) -> None:
    send, done = careless.desk.send(PROOF_CUSTOMER, "Hello")
    done.result(60)
    sid = careless.board.send_of(send.number).sid
    careless.desk.saw(event("Message Received", id="SM1"))
    told = careless.board.told()
    assert [text["id"] for text in told["conversations"][0]["texts"]] == ["send-1"]
    assert told["events"][0]["rules"] == ["Everything"]
    assert [text.sid for text in careless.board.texts] == [sid]
