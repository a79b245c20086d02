"""Modules of the tests in processes of their own."""

import os
import subprocess
import sys


def run_module(name: str, *arguments: str) -> tuple[int, str]:
    """Run a module of `tests.support`; returns its exit status and the last line that it printed.

    It finds modules as this process does.
    """
    ended = subprocess.run(
        [sys.executable, "-m", f"tests.support.{name}", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ended.returncode, ended.stdout.rpartition("\n")[2]
