"""``python -m scripts.doctor --stack NAME [--connection N]… [--region R]``: exits with 1 if a check fails."""

import argparse
import sys
from collections.abc import Sequence

from scripts.command import arguments_of, run
from scripts.doctor.examination import examine
from scripts.findings import tell
from twilio_connector.connections import CONNECTION_NAME


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine the stack; returns the exit status."""
    parser = arguments_of("doctor", "Checks a deployed stack and tells how to mend what is wrong.")
    parser.add_argument(
        "--connection",
        action="append",
        default=[],
        type=_connection,
        help="a connection to check (repeatable; default: 'default' and the one that the schedule polls)",
    )
    parser.add_argument(
        "--deliver-to",
        default="",
        metavar="URL",
        help="base URL to post the probe to instead of the webhook's own, as for a local AWS",
    )
    given = parser.parse_args(arguments)
    return run(given, lambda stack: tell(examine(stack, given.connection, given.deliver_to)))


def _connection(name: str) -> str:
    if not CONNECTION_NAME.fullmatch(name):
        raise argparse.ArgumentTypeError("must be 1 to 64 letters, digits, '_' or '-'")
    return name


if __name__ == "__main__":
    sys.exit(main())
