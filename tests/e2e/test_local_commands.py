"""`make demo` from its first line to its last, and `make local` with everything that it suggests to try."""

import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from tests.support.documents import run
from tests.support.local_stack import local_stack, printed
from tests.support.pages import blocks

pytestmark = pytest.mark.docs


def test_the_demo_tells_its_story_to_a_good_end() -> None:
    told = run("make demo", {})

    # Each of its steps, none of them skipped.
    assert told.count("\n* ") == told.count("\n    ok: ") == 10
    *_, forgery, empty, end, further = told.splitlines()
    assert (forgery, empty) == ("    ok: HTTP 403, and nothing is published", "")
    assert re.fullmatch(r"All well, in [0-9]+ s\.", end)
    assert "`make local`" in further
    assert [line for line in shown_in_the_readme() if not re.search(pattern_of(line), told, re.MULTILINE)] == []


def test_what_make_local_tells_to_try_works_until_ctrl_c(tmp_path: Path) -> None:
    # It is typed where the project is.
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with local_stack() as stack:
        told = run(instructions(stack), {}, tmp_path)
        stack.send_signal(signal.SIGINT)
        events, errors = stack.communicate(timeout=60)

    assert '"status": "queued"' in told
    assert "\n0 failed, " in told
    assert "HTTP/1.1 403" in told
    for event in ("Message Status Updated  SM", "Message Received  SM", "Message Sent  sqs:", "Connector Probe  "):
        assert f"  {event}" in events
    assert (stack.returncode, errors) == (0, "\nStopping ...\n\nStopped; everything is cleaned up.\n")


def shown_in_the_readme() -> list[str]:
    """The lines that the README shows of what the demo prints."""
    (shown,) = (block for block in blocks((PROJECT_ROOT / "README.md").read_text()) if block.language == "")
    lines = shown.text.splitlines()
    assert len(lines) >= 9
    return lines


def pattern_of(line: str) -> str:
    """What any run prints where one printed *line*: SIDs and seconds are its own, and ``…`` marks an omission."""
    fixed, *further = re.split(r"[0-9a-f]{32}|[0-9]+(?= s\.$)|…", line)
    return f"^{re.escape(fixed)}" + "".join(f".+{re.escape(part)}" for part in further) + "$"


def instructions(stack: subprocess.Popen[str]) -> str:
    """The indented lines of what it prints once it is up: a script, comments included."""
    return textwrap.dedent("".join(line for line in printed(stack) if line.startswith("  ")))
