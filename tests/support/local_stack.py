"""`make local` as a process, and what it prints."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from local.sam import PROJECT_ROOT
from tests.support.signals import ignoring

LAST_LINE = "Events on the bus follow; Ctrl-C ends everything."


@contextmanager
def local_stack() -> Iterator[subprocess.Popen[str]]:
    """`make local`, without the terminal that would pass a Ctrl-C on to it."""
    hosts = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TWILIO_"))}
    with ignoring():
        started = subprocess.Popen(
            [sys.executable, "-m", "local.serve"],
            cwd=PROJECT_ROOT,
            env=hosts,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    with started as stack:
        try:
            yield stack
        finally:
            stack.terminate()


def printed(stack: subprocess.Popen[str]) -> list[str]:
    """The lines that it prints until it is up."""
    assert stack.stdout is not None
    lines = []
    for line in stack.stdout:
        lines.append(line)
        if LAST_LINE in line:
            break
    return lines


def printed_facts(lines: Sequence[str]) -> Counter[tuple[str, str]]:
    """How often each event was printed, by detail-type and id; no poll's, whose id is not printed, is any other's."""
    whole = [line.strip().rpartition("  ") for line in lines if line.startswith("  ") and line.endswith("\n")]
    of_polls = Counter[tuple[str, str]]()
    facts = Counter[tuple[str, str]]()
    for number, (kind, _, id_) in enumerate(whole):
        if kind == "New and Updated Records":
            of_polls[kind, str(number)] += 1
        else:
            facts[kind, id_] += 1
    return facts + of_polls
