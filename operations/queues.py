"""The queues that should be empty: what a message in each means, what to do, and how ``make replay`` treats it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from operations.replay.dead_letters import DeadLetter
from operations.replay.sends import of_an_invocation, of_the_queue

REPLAY = "Fix the cause, then: make replay STACK={stack}"


@dataclass(frozen=True)
class Move:
    """Messages move to the queue whose URL is the output *target*, as what *prepare* makes of each."""

    target: str
    prepare: Callable[[DeadLetter], str]


class Keep(Enum):
    """Why the messages of a queue are not moved."""

    # The next successful poll, or reconciliation, goes on at the cursor; the records can be deleted.
    FAILED_RUNS = auto()
    # A function publishes them once the bus accepts them: this one is not a dead-letter queue.
    REDELIVERED = auto()


@dataclass(frozen=True)
class WatchedQueue:
    """A queue whose URL is the *output* of that name.

    *means* says what a message in it is, and *remedy* what to do; ``{stack}`` is replaced by the name of the stack.
    To the doctor, a queue that is not empty is a failure if it *fails*, otherwise a warning.
    """

    output: str
    means: str
    remedy: str
    fails: bool
    replay: Move | Keep

    @property
    def name(self) -> str:
        """What the template calls it."""
        return queue_name(self.output)


def queue_name(output: str) -> str:
    """What the template calls the queue whose URL is *output*."""
    return output.removesuffix("Url")


QUEUES = (
    WatchedQueue(
        "SendDeadLetterQueueUrl",
        "messages of the send queue could not be sent",
        REPLAY,
        fails=True,
        replay=Move("SendQueueUrl", of_the_queue),
    ),
    WatchedQueue(
        "SendFailureQueueUrl",
        "asynchronous sends failed for good",
        REPLAY,
        fails=True,
        replay=Move("SendQueueUrl", of_an_invocation),
    ),
    WatchedQueue(
        "UndeliveredDeadLetterQueueUrl",
        "events could not be published in hours of retries",
        REPLAY,
        fails=True,
        replay=Move("UndeliveredQueueUrl", lambda letter: letter.body),
    ),
    WatchedQueue(
        "UndeliveredQueueUrl",
        "events that the bus refused wait to be published again",
        "Find out why the bus refuses them; they are then published by themselves.",
        fails=False,
        replay=Keep.REDELIVERED,
    ),
    WatchedQueue(
        "PollDeadLetterQueueUrl",
        "polls failed for good; the next successful ones cover their windows",
        "If the reason is clear: make replay STACK={stack} FORGET_POLLS=1",
        fails=False,
        replay=Keep.FAILED_RUNS,
    ),
    WatchedQueue(
        "PollScheduleDeadLetterQueueUrl",
        "polls could not be started; the next successful ones cover their windows",
        "Look at the schedule's role and the function's throttling, then: make replay STACK={stack} FORGET_POLLS=1",
        fails=False,
        replay=Keep.FAILED_RUNS,
    ),
    WatchedQueue(
        "ReconcileDeadLetterQueueUrl",
        "reconciliations failed for good; the next successful ones continue at their places",
        "If the reason is clear: make replay STACK={stack} FORGET_POLLS=1",
        fails=False,
        replay=Keep.FAILED_RUNS,
    ),
    WatchedQueue(
        "ReconcileScheduleDeadLetterQueueUrl",
        "reconciliations could not be started; the next successful ones continue at their places",
        "Look at the schedule's role and the function's throttling, then: make replay STACK={stack} FORGET_POLLS=1",
        fails=False,
        replay=Keep.FAILED_RUNS,
    ),
)
DEAD_LETTER_QUEUES = tuple(queue for queue in QUEUES if queue.replay is not Keep.REDELIVERED)
