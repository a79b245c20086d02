"""The dead-letter queues of the stack, and what a replay does with their messages."""

from collections.abc import Iterator

from operations.findings import Finding, Subject
from operations.problems import PROBLEMS, problem_of
from operations.queues import DEAD_LETTER_QUEUES, Keep, Move, WatchedQueue, queue_name
from operations.replay.dead_letters import DeadLetterQueue, ReplayCounts
from operations.stack import Stack


def count(stack: Stack) -> Iterator[Finding]:
    """How many messages each dead-letter queue holds."""
    for queue in DEAD_LETTER_QUEUES:
        stack.progress.step(f"counting: {queue.name}")
        yield Subject(queue.name).ok(f"{stack.waiting(queue.output)} waiting.")


def replay(stack: Stack, forget_polls: bool) -> Iterator[Finding]:
    """Move failed sends and events back. Failed polls and reconciliations are deleted if *forget_polls*."""
    for queue in DEAD_LETTER_QUEUES:
        stack.progress.step(f"replaying: {queue.name}")
        match queue.replay:
            case Move() as move:
                yield from _moved(stack, queue, move)
            case Keep.FAILED_RUNS:
                yield from Subject(queue.name).examined(_runs(stack, queue, forget_polls))


def _moved(stack: Stack, queue: WatchedQueue, move: Move) -> Iterator[Finding]:
    subject, counts, target = Subject(queue.name), ReplayCounts(tell=stack.progress.tell), queue_name(move.target)
    url = stack.outputs[queue.output]
    try:
        DeadLetterQueue(stack.clients.sqs, url).move(stack.outputs[move.target], move.prepare, counts)
    except PROBLEMS as exc:
        problem = problem_of(exc)
        moved = f"{counts.moved} had been moved to {target}; the others are still here"
        yield subject.fail(f"{problem.text} {moved}.", f"{problem.remedy} Then run this again: nothing is sent twice.")
        return
    yield subject.ok(f"{counts.moved} moved to {target}.")
    if counts.left:
        read = stack.aws_command("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10")
        yield subject.warn(
            f"{len(counts.left)} left, of which no input can be made: {', '.join(counts.left)}.",
            f"Read them, and delete them by hand: {read}",
        )


def _runs(stack: Stack, queue: WatchedQueue, forget: bool) -> Iterator[Finding]:
    subject = Subject(queue.name)
    runs = "reconciliations" if queue.name.startswith("Reconcile") else "polls"
    if forget:
        counts = ReplayCounts(tell=stack.progress.tell)
        DeadLetterQueue(stack.clients.sqs, stack.outputs[queue.output]).forget(counts)
        yield subject.ok(f"{counts.moved} deleted; the next successful {runs} go on at the cursor.")
    elif waiting := stack.waiting(queue.output):
        yield subject.warn(
            f"{waiting} failed {runs}. They need no replay: the next successful one goes on at the cursor.",
            f"When their reason is clear: make replay STACK={stack.name} FORGET_POLLS=1",
        )
    else:
        yield subject.ok(f"0 failed {runs}.")
