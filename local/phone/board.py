"""What has happened so far: texts, sends, events and proofs. Thread-safe."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from local.bus import BusEvent
from local.phone.telling import Happened, ProofRun, Seen, told
from local.phone.texts import Send, Text, Way, polled_texts, text_of, untold
from local.twilio_sandbox import TwilioSandbox

# A fact that Twilio knows may take this long to reach the bus before it counts as lost.
GRACE_SECONDS = 3.0
_LOOK_SECONDS = 0.1


class Board:
    """Remembers events and sends. Texts are those of the sandbox, or without one those that polls have published."""

    def __init__(
        self,
        twilio: TwilioSandbox | None,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._twilio = twilio
        self._wall_clock, self._clock = wall_clock, clock
        self._changed = threading.Condition(threading.RLock())
        self._events: list[Seen] = []
        self._ids: set[tuple[str, str]] = set()
        self._sends: dict[int, Send] = {}
        self._arrived: dict[str, float] = {}
        self._missing_since: dict[tuple[str, str], float] = {}
        self._proofs: dict[str, ProofRun] = {}
        self._closed = False

    @property
    def events(self) -> list[BusEvent]:
        """Everything that was seen on the bus."""
        with self._changed:
            return [seen.event for seen in self._events]

    @property
    def texts(self) -> list[Text]:
        """All known texts, in the order of their arrival."""
        return [text_of(message) for message in self._twilio.messages] if self._twilio else polled_texts(self.events)

    def saw(self, event: BusEvent, rules: Sequence[str]) -> None:
        """Remembers an event of the bus, and settles the send through the queue that the event reports."""
        fact = event.detail_type, str(event.detail.get("id"))
        with self._changed:
            # The id of a poll's event is never repeated.
            self._events.append(Seen(event, rules, again=fact in self._ids, at=self._wall_clock()))
            self._ids.add(fact)
            send = next((send for send in self._sends.values() if send.key == fact[1] and send.busy), None)
            if send and event.detail_type == "Message Sent":
                self.settle(send.number, sid=event.detail["body"]["data"]["message"]["sid"])
            elif send and event.detail_type == "Message Send Failed":
                error = event.detail["body"]["data"]["error"]
                self.settle(send.number, error=f"{error['type']}: {error['message']}")
            self._changed.notify_all()

    def ask(self, way: Way, *, from_: str, to: str, body: str) -> Send:
        """Remembers that a text is to be sent, under a new key."""
        with self._changed:
            # Texts that are there already have to appear above it.
            self._see(self.texts)
            key = f"phone-{uuid.uuid4()}"
            send = Send(len(self._sends) + 1, way, from_, to, body, key, self._wall_clock())
            self._sends[send.number] = send
            self._changed.notify_all()
            return send

    def ask_again(self, number: int) -> Send | None:
        """The send of a number, to be made again under its key; None if there is none, or if it is being made."""
        with self._changed:
            send = self._sends.get(number)
            if send is None or not send.may_repeat:
                return None
            self._sends[number] = replace(send, busy=True, error="")
            return self._sends[number]

    def settle(self, number: int, *, sid: str = "", error: str = "") -> None:
        """Saves the outcome of a send: the SID of its text, or an error."""
        with self._changed:
            self._sends[number] = replace(self._sends[number], sid=sid, error=error, busy=False)
            self._changed.notify_all()

    def send_of(self, number: int) -> Send:
        """The current state of the send of a number."""
        with self._changed:
            return self._sends[number]

    def begin_proof(self, kind: str) -> bool:
        """Marks a proof as running; False if it is running already."""
        with self._changed:
            if kind in self._proofs and self._proofs[kind].state == "running":
                return False
            self._proofs[kind] = ProofRun("running")
            return True

    def say(self, kind: str, step: str, state: str = "running") -> None:
        """Adds a step to the report of a proof."""
        with self._changed:
            self._proofs[kind] = ProofRun(state, (*self._proofs[kind].steps, step))
            self._changed.notify_all()

    def proof(self, kind: str) -> ProofRun:
        """The progress of a proof; its state is `""` before its first run."""
        with self._changed:
            return self._proofs.get(kind, ProofRun(""))

    def wait_until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Waits for a condition on the board or the sandbox; returns whether it came true."""
        until = self._clock() + seconds
        while not condition():
            if self._clock() >= until or self._closed:
                return False
            with self._changed:
                # The sandbox does not notify the board of its changes, so this looks again.
                self._changed.wait(_LOOK_SECONDS)
        return True

    def close(self) -> None:
        """Ends all waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def told(self) -> dict[str, Any]:
        """What the page shows."""
        texts = self.texts
        with self._changed:
            self._see(texts)
            return told(
                Happened(
                    texts=texts,
                    sends=list(self._sends.values()),
                    events=list(self._events),
                    arrived=dict(self._arrived),
                    opted_out=set(self._twilio.opted_out) if self._twilio else set(),
                    lost=self._lost(texts) if self._twilio else None,
                )
            )

    def _see(self, texts: Sequence[Text]) -> None:
        for text in texts:
            self._arrived.setdefault(text.sid, self._wall_clock())

    def _lost(self, texts: Sequence[Text]) -> int:
        """How many facts have been missing on the bus for longer than the grace time."""
        missing, now = untold(texts, [seen.event for seen in self._events]), self._clock()
        self._missing_since = {fact: self._missing_since.get(fact, now) for fact in missing}
        return sum(now - since >= GRACE_SECONDS for since in self._missing_since.values())
