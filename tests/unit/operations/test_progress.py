"""What the commands show of their work: a line that moves on a terminal, and lines that stay elsewhere."""

import io
import os
import pty
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest

from operations.progress import EVERY_SECONDS, Lines, MovingLine, Progress, progress_on

ESCAPE = "\x1b"


class Terminal:
    """A terminal of this process: a stream for a program, and what it has shown."""

    def __init__(self) -> None:
        self._ours, theirs = pty.openpty()
        self.stream: TextIO = os.fdopen(theirs, "w")

    def shown(self) -> str:
        """All that was written. Closes the terminal."""
        self.stream.close()
        told = b""
        # A terminal that nobody has open any more is an error to read, once all is read.
        with suppress(OSError):
            while part := os.read(self._ours, 1 << 16):
                told += part
        os.close(self._ours)
        return told.decode()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TERM", "xterm-256color")
    yield Terminal()


def work(progress: Progress, stream: TextIO) -> None:
    """A step, a finding in between, another step."""
    progress.begin()
    progress.step("examining: code [of all]")
    with progress.paused():
        print("ok    code: Fine.", file=stream, flush=True)
    progress.step("replaying: SendDeadLetterQueue")
    progress.tell("1,200 so far")
    progress.end()


def test_a_terminal_shows_a_line_that_moves_and_is_gone_in_the_end(terminal: Terminal) -> None:
    progress = progress_on(terminal.stream)
    assert isinstance(progress, MovingLine)
    work(progress, terminal.stream)
    shown = terminal.shown()
    assert "examining: code [of all]" in shown
    assert re.search(r"\d:\d\d:\d\d", shown)
    # The finding begins a line of its own, which nothing rubs out.
    assert re.search(r"(^|\n|\x1b\[2K)ok    code: Fine\.\r\n", shown)
    # The cursor is shown again, and the last thing is that the line is taken away.
    assert shown.rindex(f"{ESCAPE}[?25h") > shown.rindex(f"{ESCAPE}[?25l")
    assert shown.endswith((f"{ESCAPE}[2K", f"{ESCAPE}[?25h"))


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_can_move_no_line_gets_lines(
    term: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    if not term:
        monkeypatch.delenv("TERM")
    progress = progress_on(terminal.stream, every_step=True)
    work(progress, terminal.stream)
    assert ESCAPE not in terminal.shown()


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE", "TTY_INTERACTIVE"])
def test_no_variable_makes_a_file_a_terminal(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    file = io.StringIO()
    work(progress_on(file, every_step=True), file)
    assert file.getvalue() == (
        "...   examining: code [of all]\nok    code: Fine.\n...   replaying: SendDeadLetterQueue\n"
    )


def test_where_findings_tell_of_the_steps_only_what_takes_long_has_lines() -> None:
    file, now = io.StringIO(), [0.0]
    progress = Lines(file, every_step=False, timer=lambda: now[0])
    progress.step("replaying: SendDeadLetterQueue")
    for moved in range(1, 26):
        progress.tell(f"{moved} so far")
        now[0] += EVERY_SECONDS / 10
    assert file.getvalue() == (
        "...   replaying: SendDeadLetterQueue: 11 so far\n...   replaying: SendDeadLetterQueue: 21 so far\n"
    )
    # A new step begins to count anew.
    progress.step("replaying: SendFailureQueue")
    progress.tell("1 so far")
    assert file.getvalue().count("\n") == 2
