"""``python -m operations doctor --stack NAME [--connection N]… [--region R]``: exits with 1 if a check fails."""

from collections.abc import Sequence

from operations.command import arguments_of, connection_name, run
from operations.doctor.examination import examine


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine the stack; returns the exit status."""
    parser = arguments_of("doctor", "Checks a deployed stack and says how to fix what is wrong.")
    parser.add_argument(
        "--connection",
        action="append",
        default=[],
        type=connection_name,
        help="a connection to check (repeatable; default: 'default' and the one that the schedule polls)",
    )
    parser.add_argument(
        "--deliver-to",
        default="",
        metavar="URL",
        help="base URL to post the probe to instead of the webhook's own, as for a local AWS",
    )
    given = parser.parse_args(arguments)
    return run(given, lambda stack: examine(stack, given.connection, given.deliver_to))
