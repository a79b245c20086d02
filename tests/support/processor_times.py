"""Processor time of the tests, of the local AWS, and of the functions that it runs; on Linux."""

import os
from collections import defaultdict
from pathlib import Path

from local.lambda_process import processor_seconds
from local.ministack import SERVER

TESTS, LOCAL_AWS, FUNCTIONS = "tests and sandbox", "local AWS", "functions"


def processor_times() -> dict[str, float]:
    """Seconds so far, of processes that are still there; zero where the system does not report it."""
    me, children = os.getpid(), _children()
    times = {TESTS: processor_seconds(me) or 0, LOCAL_AWS: 0.0, FUNCTIONS: 0.0}
    for server in children[me]:
        if str(SERVER) in _command(server):
            times[LOCAL_AWS] += processor_seconds(server) or 0
            times[FUNCTIONS] += sum(processor_seconds(worker) or 0 for worker in children[server])
    return times


def _children() -> dict[int, list[int]]:
    children: dict[int, list[int]] = defaultdict(list)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # Behind the name, which may hold anything: the state, and the parent.
            _, parent, *_ = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children[int(parent)].append(int(process.name))
    return children


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""
