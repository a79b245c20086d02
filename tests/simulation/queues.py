"""SQS: queues and their dead letters, and the undelivered queue as its senders and redeliver see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.aws import Service
from tests.simulation.surroundings import Surroundings
from tests.support.aws_models import judged


@dataclass(eq=False)
class Letter:
    """A message of a queue: in sight again at *visible*, *deleted* once it is done with or given up."""

    message_id: str
    body: str
    queue: str
    visible: float
    receives: int = 0
    deleted: bool = False


@dataclass
class Queue:
    """A queue that gives a message up after *most* receives, each of which hides it for *hidden* seconds."""

    name: str
    hidden: float
    most: int
    letters: list[Letter] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)
    numbers: int = 0
    arrived: Callable[[Letter], None] = lambda _: None

    def put(self, body: str, now: float) -> Letter:
        """Take a message."""
        self.numbers += 1
        letter = Letter(f"{self.name}-{self.numbers}", body, self.name, now)
        self.letters.append(letter)
        self.arrived(letter)
        return letter

    def receive(self, now: float, most: int) -> list[Letter]:
        """Some messages in sight; those that have been received too often go to the dead letters instead."""
        some: list[Letter] = []
        for letter in self.letters:
            if len(some) == most or letter.deleted or letter.visible > now:
                continue
            if letter.receives >= self.most:
                letter.deleted = True
                self.dead.append(letter)
                continue
            letter.receives += 1
            letter.visible = now + self.hidden
            some.append(letter)
        return some


@judged("sqs")
class SQS(Service):
    """The undelivered queue, as its senders and as redeliver see it."""

    name = "sqs"
    throttling = "RequestThrottled"

    def __init__(self, around: Surroundings, undelivered: Queue) -> None:
        super().__init__(around)
        self._queue = undelivered

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        around = self.around
        refused = around.dice.sample(range(len(Entries)), around.dice.randint(1, len(Entries)))

        def effect(fault: str) -> dict[str, Any]:
            failed = []
            for number, entry in enumerate(Entries):
                if fault == "partial" and number in refused:
                    failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                else:
                    self._queue.put(entry["MessageBody"], around.now)
            return {"Failed": failed} if failed else {}

        answer: Mapping[str, Any] = self.call(f"sqs.send_message_batch of {len(Entries)}", effect)
        return answer

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""

        def effect(_: str) -> dict[str, Any]:
            for entry in Entries:
                for letter in self._queue.letters:
                    if letter.message_id == entry["ReceiptHandle"]:
                        letter.visible = self.around.now + entry["VisibilityTimeout"]
            return {}

        answer: dict[str, Any] = self.call(
            f"sqs.change_message_visibility_batch of {len(Entries)}", effect, lambda fault: fault != "partial"
        )
        return answer
