"""What the commands have in common: their arguments, the stack they name, and how they end."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import boto3

from operations.problems import PROBLEMS, problem_of
from operations.stack import Stack
from twilio_connector.connections.connection import CONNECTION_NAME


def arguments_of(command: str, description: str) -> argparse.ArgumentParser:
    """A parser of ``--stack`` and ``--region``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m operations {command}", description=description, allow_abbrev=False
    )
    parser.add_argument("--stack", required=True, help="name of the deployed stack")
    parser.add_argument("--region", default=None, help="its AWS region (default: that of your AWS configuration)")
    return parser


def connection_name(name: str) -> str:
    """*name*, an argument, if it can be that of a connection."""
    if not CONNECTION_NAME.fullmatch(name):
        raise argparse.ArgumentTypeError("must be 1 to 64 letters, digits, '_' or '-'")
    return name


def run(arguments: argparse.Namespace, command: Callable[[Stack], bool]) -> int:
    """Run *command* on the stack that *arguments* name; returns the exit status, 0 where it says that all is well.

    Whatever keeps it from its work is told in a sentence. Ctrl-C and the signals that ask a process to end are
    exceptions, so that what *command* has put up is taken down. A signal that the process is told to ignore stays
    ignored: SIGHUP under nohup, Ctrl-C where a shell runs the command in the background.
    """
    try:
        with _signals_as_exceptions():
            return 0 if command(Stack.find(arguments.stack, boto3.Session(region_name=arguments.region))) else 1
    except PROBLEMS as exc:
        problem = problem_of(exc)
        print(f"FAIL  {problem.text}\n      -> {problem.remedy}", file=sys.stderr)
        return 1


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _exit, signal.SIGHUP: _exit}
    before = {number: signal.getsignal(number) for number in handlers}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, handlers[number])
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


def _exit(signal_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal_number)
