"""Each dead-letter queue of the stack, and what becomes of what it holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from operations.findings import Finding, Subject
from operations.problems import PROBLEMS, problem_of
from operations.replay.dead_letters import DeadLetter, DeadLetterQueue, ReplayCounts
from operations.replay.sends import of_an_invocation, of_the_queue
from operations.stack import Stack


@dataclass(frozen=True)
class Route:
    """From the queue whose URL is the output *source* to that of *target*, as what *prepare* makes of each letter."""

    source: str
    target: str
    prepare: Callable[[DeadLetter], str]


ROUTES = (
    Route("SendDeadLetterQueueUrl", "SendQueueUrl", of_the_queue),
    Route("SendFailureQueueUrl", "SendQueueUrl", of_an_invocation),
    Route("UndeliveredDeadLetterQueueUrl", "UndeliveredQueueUrl", lambda letter: letter.body),
)
POLLS = ("PollDeadLetterQueueUrl", "PollScheduleDeadLetterQueueUrl")
# The outputs with the URL of each.
DEAD_LETTER_QUEUES = (*(route.source for route in ROUTES), *POLLS)


def count(stack: Stack) -> Iterator[Finding]:
    """How many messages each dead-letter queue holds."""
    for output in DEAD_LETTER_QUEUES:
        yield _subject(output).ok(f"{stack.waiting(output)} waiting.")


def replay(stack: Stack, forget_polls: bool) -> Iterator[Finding]:
    """Move the failed sends and events back; failed polls need no replay, and are deleted if *forget_polls*."""
    for route in ROUTES:
        yield from _moved(stack, route)
    for output in POLLS:
        yield from _subject(output).examined(_polls(stack, output, forget_polls))


def _moved(stack: Stack, route: Route) -> Iterator[Finding]:
    subject, counts = _subject(route.source), ReplayCounts()
    source, target = stack.outputs[route.source], stack.outputs[route.target]
    try:
        DeadLetterQueue(stack.sqs, source).move(target, route.prepare, counts)
    except PROBLEMS as exc:
        problem = problem_of(exc)
        moved = f"{counts.moved} had been moved to {_name(route.target)}; the others are still here"
        yield subject.fail(f"{problem.text} {moved}.", f"{problem.remedy} Then run this again: nothing is sent twice.")
        return
    yield subject.ok(f"{counts.moved} moved to {_name(route.target)}.")
    if counts.left:
        read = stack.aws_command("sqs", "receive-message", "--queue-url", source, "--max-number-of-messages", "10")
        yield subject.warn(
            f"{len(counts.left)} left, of which no input can be made: {', '.join(counts.left)}.",
            f"Read them, and delete them by hand: {read}",
        )


def _polls(stack: Stack, output: str, forget: bool) -> Iterator[Finding]:
    subject = _subject(output)
    if forget:
        counts = ReplayCounts()
        DeadLetterQueue(stack.sqs, stack.outputs[output]).forget(counts)
        yield subject.ok(f"{counts.moved} deleted; the next successful polls cover their windows.")
    elif waiting := stack.waiting(output):
        yield subject.warn(
            f"{waiting} failed polls. They need no replay: the next successful one goes on at the cursor.",
            f"When their reason is clear: make replay STACK={stack.name} FORGET_POLLS=1",
        )
    else:
        yield subject.ok("0 failed polls.")


def _subject(output: str) -> Subject:
    return Subject(_name(output))


def _name(output: str) -> str:
    return output.removesuffix("Url")
