"""What waits in the stack's queues, and whether those that functions read are read."""

from collections.abc import Iterator
from dataclasses import dataclass

from operations.findings import Finding, Subject
from operations.stack import Stack


@dataclass(frozen=True)
class WatchedQueue:
    """A queue that should be empty: the *output* with its URL, what a message in it *means*, and whether it *fails*."""

    output: str
    means: str
    remedy: str
    fails: bool = True


REPLAY = "Mend the cause, then: make replay STACK={stack}"
QUEUES = (
    WatchedQueue("SendDeadLetterQueueUrl", "messages of the send queue could not be sent", REPLAY),
    WatchedQueue("SendFailureQueueUrl", "asynchronous sends failed for good", REPLAY),
    WatchedQueue("UndeliveredDeadLetterQueueUrl", "events could not be published in hours of trying", REPLAY),
    WatchedQueue(
        "UndeliveredQueueUrl",
        "events that the bus refused wait to be published again",
        "Nothing to do but to see why the bus refuses: they are published by themselves.",
        fails=False,
    ),
    WatchedQueue(
        "PollDeadLetterQueueUrl",
        "polls failed for good; the next successful ones cover their windows",
        "If the reason is clear: make replay STACK={stack} FORGET_POLLS=1",
        fails=False,
    ),
    WatchedQueue(
        "PollScheduleDeadLetterQueueUrl",
        "polls could not be started; the next successful ones cover their windows",
        "Look at the schedule's role and the function's throttling, then: make replay STACK={stack} FORGET_POLLS=1",
        fails=False,
    ),
)
# Which function reads a queue, and the event source mapping by which it does.
READERS = {"SendSmsFunction": "SendQueueMapping", "RedeliverFunction": "UndeliveredQueueMapping"}


def check_queues(stack: Stack) -> Iterator[Finding]:
    """A finding for each queue that is not empty and each that is not read; one if all is well."""
    findings = [*_filled(stack), *_unread(stack)]
    yield from findings or [Subject("queues").ok("The dead-letter queues are empty, and the others are read.")]


def _filled(stack: Stack) -> Iterator[Finding]:
    for queue in QUEUES:
        waiting = stack.waiting(queue.output)
        if waiting:
            subject = Subject(queue.output.removesuffix("Url"))
            find = subject.fail if queue.fails else subject.warn
            yield find(f"{waiting} waiting: {queue.means}.", queue.remedy.format(stack=stack.name))


def _unread(stack: Stack) -> Iterator[Finding]:
    for function, logical_id in READERS.items():
        answer = stack.functions.list_event_source_mappings(FunctionName=stack.outputs[function])
        for mapping in answer["EventSourceMappings"]:
            if mapping["State"] not in ("Enabled", "Creating", "Enabling", "Updating"):
                update = ("lambda", "update-event-source-mapping", "--uuid", mapping["UUID"], "--enabled")
                yield Subject(logical_id).fail(
                    f"{function} does not read its queue: the event source mapping is {mapping['State']}.",
                    f"Switch it on: {stack.aws_command(*update)}",
                )
