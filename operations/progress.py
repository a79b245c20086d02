"""What a command is doing right now, on standard error: a line that moves on a terminal, plain lines elsewhere."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

# In a log, where lines stay, a long step writes a line this often.
EVERY_SECONDS = 10.0
MARK = "..."


class Progress:
    """Shows nothing. Begins with ``begin`` and ends with ``end``, both of which may be called again."""

    def begin(self) -> None:
        """Show something from now on."""

    def end(self) -> None:
        """Stop showing, and remove the moving line."""

    def step(self, what: str) -> None:
        """Begin with *what*: a few words, without secrets, texts or whole phone numbers."""

    def tell(self, how_far: str) -> None:
        """Show *how far* the step has come, as often as that changes."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to something else for a while: a finding, a question."""
        self.end()
        try:
            yield
        finally:
            self.begin()


class Lines(Progress):
    """Lines that stay: one for each long step, or one for *every step* if nothing else reports steps."""

    def __init__(self, stream: TextIO, *, every_step: bool, timer: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._every_step = every_step
        self._timer = timer
        self._step = ""
        self._told = timer()

    def step(self, what: str) -> None:
        """Begin with *what*."""
        self._step, self._told = what, self._timer()
        if self._every_step:
            self._write(what)

    def tell(self, how_far: str) -> None:
        """Write *how far*, unless the last line was written just now."""
        if self._timer() - self._told >= EVERY_SECONDS:
            self._told = self._timer()
            self._write(f"{self._step}: {how_far}")

    def _write(self, text: str) -> None:
        print(f"{MARK:<5} {text}", file=self._stream, flush=True)


class MovingLine(Progress):
    """A moving line with the step, how far it has come and its seconds. The end removes it."""

    def __init__(self, stream: TextIO) -> None:
        # The import takes a tenth of a second, and only a terminal needs it.
        from rich.console import Console
        from rich.progress import Progress as Display
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        words = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
        # The command's own output is not redirected: it may go to a file.
        self._display = Display(
            SpinnerColumn(),
            TimeElapsedColumn(),
            words,
            console=Console(file=stream, force_terminal=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._step = ""

    def begin(self) -> None:
        """Show the line."""
        self._display.start()

    def end(self) -> None:
        """Remove the line."""
        self._display.stop()

    def step(self, what: str) -> None:
        """Begin with *what*, and with its seconds."""
        self._step = what
        for task in self._display.task_ids:
            self._display.remove_task(task)
        self._display.add_task(what)

    def tell(self, how_far: str) -> None:
        """Show *how far* after the step."""
        for task in self._display.task_ids:
            self._display.update(task, description=f"{self._step}: {how_far}")


SILENT = Progress()


def progress_on(stream: TextIO | None = None, *, every_step: bool = False) -> Progress:
    """The progress on *stream*, by default standard error: a moving line where that is a terminal that can move one."""
    stream = sys.stderr if stream is None else stream
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return MovingLine(stream)
    return Lines(stream, every_step=every_step)
