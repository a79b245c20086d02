"""Event source mappings: SQS's messages on their way to a function, late, doubled, and again where it failed."""

from dataclasses import dataclass
from functools import partial

from tests.simulation.functions import Functions
from tests.simulation.queues import Letter, Queue
from tests.simulation.surroundings import Invocation, Surroundings
from tests.support.sqs_events import sqs_event_of

BATCH = 10


@dataclass
class Mapping:
    """Hands the messages of a *queue* to a *function*, in batches, *at_once* of them at most.

    *troubled*: how often a message comes late, or once more after it was deleted.
    """

    around: Surroundings
    functions: Functions
    queue: Queue
    function: str
    at_once: int
    troubled: float
    _running: int = 0

    def __post_init__(self) -> None:
        self.queue.arrived = self._arrived

    def look(self) -> None:
        """Receive what is in sight, and hand it over."""
        if self._running >= self.at_once:
            return
        letters = self.queue.receive(self.around.now, BATCH)
        if not letters:
            return
        self._running += 1
        event = sqs_event_of({letter.message_id: letter.body for letter in letters})
        for record, letter in zip(event["Records"], letters, strict=True):
            record["attributes"]["ApproximateReceiveCount"] = str(letter.receives)
            record["receiptHandle"] = letter.message_id
        names = ", ".join(f"{letter.message_id} ({letter.receives})" for letter in letters)
        invocation = self.functions.invoke(self.function, event, then=lambda done: self._done(done, letters))
        self.around.note(invocation.name, f"gets {names}")

    def _arrived(self, letter: Letter) -> None:
        dice = self.around.dice
        if dice.random() < self.troubled and not self.around.weather.clear:
            letter.visible += dice.choice([3, 100]) * dice.random()
            self._fault("delivery late", letter)
        self.around.scheduler.at(letter.visible + 0.2, self.look)

    def _done(self, invocation: Invocation, letters: list[Letter]) -> None:
        self._running -= 1
        returned = {letter.message_id for letter in letters}
        if invocation.outcome == "returned":
            returned = {failure["itemIdentifier"] for failure in invocation.result["batchItemFailures"]}
        for letter in letters:
            letter.deleted = letter.message_id not in returned
            if letter.deleted and self.around.dice.random() < self.troubled and not self.around.weather.clear:
                # SQS delivers at least once: a server may not have been there when it was deleted.
                self.around.scheduler.after(self.around.dice.uniform(1, 400), partial(self._again, letter))
            if not letter.deleted:
                self.around.scheduler.at(letter.visible + 0.2, self.look)
        self.around.scheduler.after(0.2, self.look)

    def _again(self, letter: Letter) -> None:
        self._fault("delivery doubled", letter)
        letter.deleted, letter.visible = False, self.around.now
        self.look()

    def _fault(self, kind: str, letter: Letter) -> None:
        self.around.record.faults["sqs", kind] += 1
        self.around.note("sqs", letter.message_id, kind)
