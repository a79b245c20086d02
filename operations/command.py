"""What the commands have in common: their arguments, the stack they name, and how they end."""

import argparse
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

import boto3

from operations.exit_status import EPILOG, FAILED, INTERRUPTED, OK
from operations.findings import Finding, Level
from operations.problems import PROBLEMS, problem_of
from operations.progress import Progress, progress_on
from operations.reports import Document, Lines, Report
from operations.stack import Stack
from twilio_connector.connections.connection import CONNECTION_NAME


def parser_of(program: str, description: str) -> argparse.ArgumentParser:
    """A parser of ``--json``, whose help lists the exit statuses."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON document on standard output, progress on standard error"
    )
    return parser


def arguments_of(command: str, description: str) -> argparse.ArgumentParser:
    """A parser of ``--stack``, ``--region`` and ``--json``."""
    parser = parser_of(f"python -m operations {command}", description)
    parser.set_defaults(command=command)
    parser.add_argument("--stack", required=True, help="name of the deployed stack")
    parser.add_argument("--region", default=None, help="its AWS region (default: that of your AWS configuration)")
    return parser


def connection_name(name: str) -> str:
    """The argument *name*, if it can name a connection. Raises ArgumentTypeError."""
    if not CONNECTION_NAME.fullmatch(name):
        raise argparse.ArgumentTypeError("must be 1 to 64 letters, digits, '_' or '-'")
    return name


def run(arguments: argparse.Namespace, command: Callable[[Stack], Iterable[Finding]]) -> int:
    """Report what *command* finds of the stack that *arguments* name; returns the exit status, 0 if nothing fails."""
    report: Report = (
        Document(command=arguments.command, stack=arguments.stack, region=arguments.region)
        if arguments.json
        else Lines()
    )
    progress = progress_on(every_step=arguments.json)

    def findings() -> Generator[Finding]:
        progress.step(f"looking for the stack {arguments.stack}")
        session = boto3.Session(region_name=arguments.region)
        yield from command(Stack.find(arguments.stack, session, progress))

    return told(findings(), report, progress)


def told(findings: Generator[Finding], report: Report, progress: Progress) -> int:
    """Report *findings* as they are made, and show on *progress* the step in between; returns the exit status.

    A sentence reports what keeps a command from its work. Ctrl-C and the signals that ask a process to end become
    exceptions, so that *findings* can remove what they have made. A signal that the process already ignores stays
    ignored: SIGHUP under nohup, Ctrl-C where a shell runs the command in the background.
    """
    status, whole = FAILED, False
    try:
        with _signals_as_exceptions(), _shown(progress), closing(findings):
            for finding in findings:
                with progress.paused():
                    report.add(finding)
        status, whole = FAILED if Level.FAIL in report.levels else OK, True
    except PROBLEMS as exc:
        report.stop(problem_of(exc))
    except KeyboardInterrupt:
        status = INTERRUPTED
        raise
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else FAILED
        raise
    finally:
        report.end(status, whole=whole)
    return status


@contextmanager
def _shown(progress: Progress) -> Iterator[None]:
    progress.begin()
    try:
        yield
    finally:
        progress.end()


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
