"""What waits in the stack's queues, and whether the functions read the queues that they should."""

from collections.abc import Iterator

from operations.findings import Finding, Subject
from operations.queues import QUEUES
from operations.stack import Stack

# Which function reads a queue, and through which event source mapping.
READERS = {"SendSmsFunction": "SendQueueMapping", "RedeliverFunction": "UndeliveredQueueMapping"}


def check_queues(stack: Stack) -> Iterator[Finding]:
    """A finding for each queue that is not empty and each that is not read; one if all is well."""
    findings = [*_filled(stack), *_unread(stack)]
    yield from findings or [Subject("queues").ok("The dead-letter queues are empty, and the others are read.")]


def _filled(stack: Stack) -> Iterator[Finding]:
    for queue in QUEUES:
        waiting = stack.waiting(queue.output)
        if waiting:
            subject = Subject(queue.name)
            find = subject.fail if queue.fails else subject.warn
            yield find(f"{waiting} waiting: {queue.means}.", queue.remedy.format(stack=stack.name))


def _unread(stack: Stack) -> Iterator[Finding]:
    for function, logical_id in READERS.items():
        answer = stack.clients.functions.list_event_source_mappings(FunctionName=stack.outputs[function])
        for mapping in answer["EventSourceMappings"]:
            if mapping["State"] not in ("Enabled", "Creating", "Enabling", "Updating"):
                update = ("lambda", "update-event-source-mapping", "--uuid", mapping["UUID"], "--enabled")
                yield Subject(logical_id).fail(
                    f"{function} does not read its queue: the event source mapping is {mapping['State']}.",
                    f"Switch it on: {stack.aws_command(*update)}",
                )
