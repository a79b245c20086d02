"""Dead letters: received one by one, and deleted only once the message made of each is safe in another queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# How long a received letter is hidden from others. If its replay dies, the letter shows up again after that.
HIDDEN_SECONDS = 120
# A long poll asks all servers that hold a queue, a short one only some.
WAIT_SECONDS = 1


class NotReplayableError(Exception):
    """No input can be made of this letter."""


@dataclass(frozen=True)
class DeadLetter:
    """A message of a dead-letter queue, with the *message_id* that it had in the queue before."""

    message_id: str
    body: str = field(repr=False)
    receipt: str = field(repr=False)


@dataclass
class ReplayCounts:
    """How many letters were *moved*, and the message IDs of those that were *left*; *tell* shows the count."""

    moved: int = 0
    left: list[str] = field(default_factory=list)
    tell: Callable[[str], None] = field(default=lambda _: None, repr=False)

    def one_moved(self) -> None:
        """Count one, and show the count."""
        self.moved += 1
        self.tell(f"{self.moved} so far")


class DeadLetterQueue:
    """The dead-letter queue at *url*."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def letters(self) -> Iterator[DeadLetter]:
        """Each letter once, until a receive brings no further one."""
        seen: set[str] = set()
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
            )
            fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
            if not fresh:
                return
            for message in fresh:
                seen.add(message["MessageId"])
                yield DeadLetter(message["MessageId"], message["Body"], message["ReceiptHandle"])

    def move(self, target: str, prepare: Callable[[DeadLetter], str], counts: ReplayCounts) -> None:
        """Send what *prepare* makes of each letter to the queue at *target*; then, and only then, delete it.

        A letter for which *prepare* raises :class:`NotReplayableError` is left. *counts* is kept up to date, so that it
        is right when a call to SQS fails.
        """
        left = []
        try:
            for letter in self.letters():
                try:
                    body = prepare(letter)
                except NotReplayableError:
                    left.append(letter)
                    counts.left.append(letter.message_id)
                    continue
                self._sqs.send_message(QueueUrl=target, MessageBody=body)
                self._delete(letter)
                counts.one_moved()
        finally:
            for letter in left:
                self._show(letter)

    def forget(self, counts: ReplayCounts) -> None:
        """Delete all letters."""
        for letter in self.letters():
            self._delete(letter)
            counts.one_moved()

    def _delete(self, letter: DeadLetter) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def _show(self, letter: DeadLetter) -> None:
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)
