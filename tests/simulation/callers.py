"""Who sends: direct callers that repeat a key, asynchronous invocations that Lambda repeats, inputs of the queue."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.functions import Functions
from tests.simulation.messages import SENDER
from tests.simulation.queues import Queue
from tests.simulation.surroundings import Invocation, Surroundings
from tests.simulation.virtual import uuid4

RECIPIENTS = ("+15551230001", "+15551230002")
SHARED_TEXTS = ("Your order is ready.", "Your order is on its way.")
TEMPLATE = "HX" + "0" * 32


@dataclass
class Asked:
    """A text that somebody asks for under one key: *mark* identifies it at Twilio, where its key does not show.

    *kind* is ``own`` for a text of its own, ``shared`` for one that others have, too, ``template``, ``invalid`` or
    ``broken``. *letter* is the ID of its message in the send queue.
    """

    mark: str
    kind: str
    to: str
    key: str
    event: dict[str, Any]
    letters: list[str] = field(default_factory=list)
    answers: list[Invocation] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        """What Twilio shows of it; None for a template."""
        return self.event.get("message")


@dataclass
class Callers:
    """All that is *asked* for in a history."""

    around: Surroundings
    functions: Functions
    queue: Queue
    asked: list[Asked] = field(default_factory=list)

    def ask(self, kind: str, *, alike: bool = False) -> Asked:
        """A new text; those that are *alike* have one recipient and one text."""
        dice, number = self.around.dice, len(self.asked) + 1
        event: dict[str, Any] = {"to": dice.choice(RECIPIENTS), "from": SENDER, "validityPeriod": number}
        if kind == "template":
            event["contentSid"] = TEMPLATE
        else:
            event["message"] = dice.choice(SHARED_TEXTS) if kind == "shared" else f"Text {number}"
        if alike:
            event |= {"to": RECIPIENTS[0], "message": SHARED_TEXTS[0]}
        if kind == "invalid":
            event["mediaUrl"] = "no URL"
        one = Asked(str(number), kind, event["to"], f"key-{number}", event)
        self.asked.append(one)
        return one

    def direct(self, one: Asked, repeats: int) -> None:
        """Call with a key; where that fails, again after a while, and sometimes at once."""

        def call(left: int) -> None:
            event = {**one.event, "idempotencyKey": one.key}
            invocation = self.functions.invoke("send_sms", event, then=lambda done: ended(done, left))
            self.around.note(invocation.name, f"asks for {one.mark} under {one.key}")

        def ended(done: Invocation, left: int) -> None:
            one.answers.append(done)
            if left and (done.outcome != "returned" or dice.random() < 0.2):
                self.around.scheduler.after(dice.choice([0.1, 10, 50, 300, 1000]), lambda: call(left - 1))

        dice = self.around.dice
        call(repeats)
        if dice.random() < 0.2:
            self.around.scheduler.after(dice.random() * 3, lambda: call(0))

    def asynchronous(self, one: Asked) -> None:
        """Invoke without a key and without waiting: Lambda repeats it, as the same request."""
        request_id = str(uuid4())

        def call(left: int) -> None:
            invocation = self.functions.invoke(
                "send_sms", one.event, request_id=request_id, then=lambda done: ended(done, left)
            )
            self.around.note(invocation.name, f"asks for {one.mark} by its request ID")

        def ended(done: Invocation, left: int) -> None:
            one.answers.append(done)
            if left and done.outcome != "returned":
                self.around.scheduler.after(60.0 * (3 - left), lambda: call(left - 1))

        call(2)

    def queued(self, one: Asked) -> None:
        """Put it into the send queue, with a key or without."""
        dice = self.around.dice
        event = {**one.event, "idempotencyKey": one.key} if dice.random() < 0.6 else one.event
        body = "{broken" if one.kind == "broken" else json.dumps(event)
        has_key = "idempotencyKey" in event and one.kind != "broken"
        copies = 2 if has_key and dice.random() < 0.2 else 1
        for _ in range(copies):
            letter = self.queue.put(body, self.around.now)
            one.letters.append(letter.message_id)
            self.around.note("queue", f"{letter.message_id} asks for {one.mark}")
        if not has_key:
            one.key = f"sqs:{one.letters[0]}"
