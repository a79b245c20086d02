"""``python -m operations connect --stack NAME --number +1…|--service MG… [--fallback URL] [--restore] [--yes] …``.

Exits with 1 if the number or the messaging service is not connected, or not as it was, afterwards.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

from operations.command import arguments_of, connection_name, run
from operations.connect.at_twilio import SERVICE_SID
from operations.connect.connecting import Asked, connect
from operations.stack import StackError
from twilio_connector.connections.connection import DEFAULT_CONNECTION

QUESTION = "Change it? [y/N] "


def main(arguments: Sequence[str] | None = None) -> int:
    """Connect a number or a messaging service to the stack; returns the exit status."""
    parser = arguments_of("connect", "Sets where a number or a messaging service sends inbound texts.")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--number", default="", help="one of the account's numbers, or its SID")
    target.add_argument("--service", type=_service, help="SID of one of its messaging services")
    parser.add_argument(
        "--connection",
        default=DEFAULT_CONNECTION,
        type=connection_name,
        help="the connection whose webhook to set, and to act as (default: default)",
    )
    parser.add_argument("--fallback", type=_url, metavar="URL", help="the URL that Twilio calls if the webhook fails")
    parser.add_argument("--clear-application", action="store_true", help="take a number out of its TwiML application")
    parser.add_argument("--restore", action="store_true", help="put back what was there before")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only show what would change")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args(arguments)
    if not given.number and not given.service:
        parser.error("one of the arguments --number --service is required")
    if given.restore and (given.fallback or given.clear_application):
        parser.error("RESTORE puts back what was there: leave out FALLBACK and CLEAR_APPLICATION")
    asked = Asked(
        (lambda: True) if given.yes else partial(_ask, beside=given.json),
        given.connection,
        given.number,
        given.service or "",
        given.fallback or "",
        clear_application=given.clear_application,
        restore=given.restore,
        dry_run=given.dry_run,
    )
    return run(given, lambda stack: connect(stack, asked))


def _ask(*, beside: bool) -> bool:
    """Whether the user at the terminal says yes. With *beside*, the question goes to standard error.

    Raises :class:`StackError` without a terminal.
    """
    if not sys.stdin.isatty():
        raise StackError("Nothing was changed: nobody can be asked without a terminal.", "YES=1 says yes beforehand.")
    try:
        if beside:
            print(QUESTION, end="", file=sys.stderr, flush=True)
        return input("" if beside else QUESTION).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _service(sid: str) -> str:
    if not SERVICE_SID.fullmatch(sid):
        raise argparse.ArgumentTypeError("must be the SID of a messaging service: MG and 32 hexadecimal digits")
    return sid


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isascii() and url.isprintable()
    except ValueError:
        complete = False
    if not complete or " " in url:
        raise argparse.ArgumentTypeError("must be a complete URL, https://...")
    return url
