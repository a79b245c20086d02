"""``python -m operations connect|delete|doctor|replay|smoke --stack NAME …``: runs it; Ctrl-C ends it with 130.

A command is imported only here: the import takes a second, and Ctrl-C during it has to work, too.
"""

import sys
from importlib import import_module

from operations.exit_status import INTERRUPTED, USAGE

COMMANDS = {
    "connect": "operations.connect.main",
    "delete": "operations.deletion",
    "doctor": "operations.doctor.main",
    "replay": "operations.replay.main",
    "smoke": "operations.smoke",
}


def main() -> int:
    """Run the command that the first argument names; returns the exit status."""
    command, *arguments = sys.argv[1:] or [""]
    if command not in COMMANDS:
        print(f"usage: python -m operations {'|'.join(COMMANDS)} --stack NAME ...", file=sys.stderr)
        return USAGE
    try:
        return int(import_module(COMMANDS[command]).main(arguments))
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
