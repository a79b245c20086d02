"""Each dead-letter queue of the stack, and what becomes of what it holds."""

from collections.abc import Iterator

from operations.findings import About, Finding
from operations.problems import PROBLEMS, problem_of
from operations.queues import DEAD_LETTER_QUEUES, Keep, Move, WatchedQueue, queue_name
from operations.replay.dead_letters import DeadLetterQueue, Tally
from operations.stack import Stack


def count(stack: Stack) -> Iterator[Finding]:
    """How many messages each dead-letter queue holds."""
    for queue in DEAD_LETTER_QUEUES:
        yield About(queue.name).ok(f"{stack.waiting(queue.output)} waiting.")


def replay(stack: Stack, forget_polls: bool) -> Iterator[Finding]:
    """Move the failed sends and events back; failed polls need no replay, and are deleted if *forget_polls*."""
    for queue in DEAD_LETTER_QUEUES:
        match queue.replay:
            case Move() as move:
                yield from _moved(stack, queue, move)
            case Keep.FAILED_POLLS:
                yield from About(queue.name).examined(_polls(stack, queue, forget_polls))


def _moved(stack: Stack, queue: WatchedQueue, move: Move) -> Iterator[Finding]:
    about, tally, target = About(queue.name), Tally(), queue_name(move.target)
    url = stack.outputs[queue.output]
    try:
        DeadLetterQueue(stack.clients.sqs, url).move(stack.outputs[move.target], move.prepare, tally)
    except PROBLEMS as exc:
        problem = problem_of(exc)
        moved = f"{tally.moved} had been moved to {target}; the others are still here"
        yield about.fail(f"{problem.text} {moved}.", f"{problem.remedy} Then run this again: nothing is sent twice.")
        return
    yield about.ok(f"{tally.moved} moved to {target}.")
    if tally.left:
        read = stack.aws_command("sqs", "receive-message", "--queue-url", url, "--max-number-of-messages", "10")
        yield about.warn(
            f"{len(tally.left)} left, of which no input can be made: {', '.join(tally.left)}.",
            f"Read them, and delete them by hand: {read}",
        )


def _polls(stack: Stack, queue: WatchedQueue, forget: bool) -> Iterator[Finding]:
    about = About(queue.name)
    if forget:
        tally = Tally()
        DeadLetterQueue(stack.clients.sqs, stack.outputs[queue.output]).forget(tally)
        yield about.ok(f"{tally.moved} deleted; the next successful polls cover their windows.")
    elif waiting := stack.waiting(queue.output):
        yield about.warn(
            f"{waiting} failed polls. They need no replay: the next successful one goes on at the cursor.",
            f"When their reason is clear: make replay STACK={stack.name} FORGET_POLLS=1",
        )
    else:
        yield about.ok("0 failed polls.")
