"""Runs proofs: what they have in common, and how they report their steps."""

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from local.aws import FunctionError
from local.phone.desk import PROOF_CUSTOMER, Desk
from local.phone.texts import Send
from local.twilio_sandbox import CallbackFaults, StrayCallback, TwilioSandbox
from local.twilio_sandbox.callback_faults import Mishap
from local.twilio_sandbox.faults import InjectedFault

# An event arrives within moments. Where the connector itself has to wait, it may take a minute.
SOON_SECONDS, AT_LAST_SECONDS = 20.0, 90.0
# Between repeats of a send.
PAUSE_SECONDS = 3.0
Say = Callable[[str], None]


class BrokenPromiseError(Exception):
    """Something other than what is promised happened."""


def expect(condition: object, otherwise: str) -> None:
    """Raises BrokenPromiseError, saying so, unless the condition holds."""
    if not condition:
        raise BrokenPromiseError(otherwise)


@dataclass(frozen=True)
class Proof:
    """A button: what it does, what is promised, and the work, which returns the last sentence."""

    kind: str
    title: str
    promise: str
    work: Callable[["Prover", Say], str]


class Prover:
    """Runs proofs on a desk with a sandbox; a proof that disturbs the others holds `alone`."""

    def __init__(self, desk: Desk, twilio: TwilioSandbox, proofs: Sequence[Proof]) -> None:
        self.desk, self.twilio, self.proofs = desk, twilio, proofs
        self.alone = threading.Lock()
        self._numbers = itertools.count(1)
        # The first run of a cursor only sets where to begin.
        self._first_pass = desk.pool.submit(desk.stack.reconcile)

    def begin(self, kind: str) -> bool:
        """Begins a proof in the background; False while it is running. Raises StopIteration for an unknown kind."""
        proof = next(proof for proof in self.proofs if proof.kind == kind)
        begun = self.desk.board.begin_proof(kind)
        if begun:
            self.desk.submit(lambda: self._run(proof))
        return begun

    def _run(self, proof: Proof) -> None:
        board = self.desk.board
        try:
            self._first_pass.result()
            last = proof.work(self, lambda step: board.say(proof.kind, step))
        except (BrokenPromiseError, FunctionError) as error:
            board.say(proof.kind, str(error), "broken")
        except Exception as error:
            board.say(proof.kind, f"The proof itself failed: {type(error).__name__}", "broken")
            raise
        else:
            board.say(proof.kind, last, "held")

    def disturbed(self, mishap: Mishap, shown: str, status: str) -> Send:
        """Sends a text whose callbacks all meet a mishap; waits until the callback of *status* has met it."""
        with self.alone:
            self.twilio.disturb_callbacks(replace(CallbackFaults(delay_seconds=SOON_SECONDS), **{mishap: 1}))
            try:
                send, done = self.desk.send(PROOF_CUSTOMER, shown)
                done.result()
                sid = self.sid_of(send)
                stray = StrayCallback(mishap=mishap, sid=sid, status=status)
                met = self.desk.board.wait_until(lambda: stray in self.twilio.stray_callbacks, SOON_SECONDS)
                expect(met, f"no callback was {mishap}")
            finally:
                self.twilio.disturb_callbacks(CallbackFaults())
        return self.desk.board.send_of(send.number)

    def under_fault(self, say: Say, shown: str, fault: Callable[[str], InjectedFault]) -> Send:
        """Sends a text whose request meets a fault; returns the send with its first answer."""
        body = self.fresh(shown)
        self.twilio.inject(fault(body), match="POST /Messages")
        say("Twilio fails at the request. The connector does not know yet whether Twilio accepted the text.")
        send, done = self.desk.send(PROOF_CUSTOMER, body)
        done.result()
        return self.desk.board.send_of(send.number)

    def repeated(self, say: Say, send: Send) -> Send:
        """The send with its SID, repeated under its key until it has one."""
        error = send.error.partition(":")[0]
        say(f"The connector answered {error}. The page repeats the send with the same key until it succeeds.")

        def answered() -> bool:
            again = self.desk.send_again(send.number)
            if again:
                again.result()
            known = bool(self.desk.board.send_of(send.number).sid)
            return known or self.desk.board.wait_until(lambda: False, PAUSE_SECONDS)

        expect(self.desk.board.wait_until(answered, AT_LAST_SECONDS), self.desk.board.send_of(send.number).error)
        return self.desk.board.send_of(send.number)

    def bus_bears(self, event_id: str, seconds: float = SOON_SECONDS) -> None:
        """Waits for an event with this id."""
        there = self.desk.board.wait_until(lambda: event_id in self.published(), seconds)
        expect(there, f"the bus did not get {event_id} within {seconds:g} s")

    def published(self) -> list[str]:
        """The ids of all events, in their order."""
        return [str(event.detail.get("id")) for event in self.desk.board.events]

    def sid_of(self, send: Send) -> str:
        """The SID of a send that must have succeeded."""
        now = self.desk.board.send_of(send.number)
        expect(now.sid, f"the text was not sent: {now.error}")
        return now.sid

    def fresh(self, shown: str) -> str:
        """A body that no other text has."""
        return f"{shown} · {next(self._numbers)}"

    def one_text(self, body: str) -> str:
        """Expects that Twilio has one text with these words."""
        count = sum(message.body == body for message in self.twilio.messages)
        expect(count == 1, f"the customer got {count} texts")
        return "The customer got one text."
