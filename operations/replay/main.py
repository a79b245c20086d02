"""``python -m operations replay --stack NAME [--dry-run] [--forget-polls] [--region R]``: exits with 1 if it fails."""

from collections.abc import Sequence

from operations.command import arguments_of, run
from operations.replay.replaying import count, replay


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay the stack's dead letters; returns the exit status."""
    parser = arguments_of("replay", "Sends the contents of a deployed stack's dead-letter queues again.")
    parser.add_argument("--dry-run", action="store_true", help="only count the messages")
    parser.add_argument(
        "--forget-polls",
        action="store_true",
        help="delete the records of failed polls and reconciliations, which need no replay",
    )
    given = parser.parse_args(arguments)
    return run(given, lambda stack: count(stack) if given.dry_run else replay(stack, given.forget_polls))
