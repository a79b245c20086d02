"""A function's processes: which event each handles, and how to kill one."""

import json
from typing import Any

from ministack.core import lambda_runtime


def remember_events() -> None:
    """Records which event each process handles."""
    invoke = lambda_runtime.Worker.invoke

    def invoke_and_remember(worker: Any, event: Any, *arguments: Any, **named: Any) -> Any:
        worker.event = event
        return invoke(worker, event, *arguments, **named)

    lambda_runtime.Worker.invoke = invoke_and_remember


def kill_at_work(function: str, word: str) -> None:
    """Kills the process of that function that handles an event with this word in its JSON."""
    with lambda_runtime._lock:
        at_work = [
            worker._proc
            for key, workers in lambda_runtime._workers.items()
            # There is but one account, one region and no qualifier here.
            if key.split(":")[-2] == function
            for worker in workers
            if worker.in_use and word in json.dumps(vars(worker).get("event"))
        ]
    for process in filter(None, at_work):
        process.kill()
