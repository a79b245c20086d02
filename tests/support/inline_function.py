"""Runs a function whose code is in a template, and measures the memory that each invocation takes.

On standard input: {"source": …, "events": […]}. The last line printed is a list with, for each event, the error it
ended with (null: none) and the most bytes that Python held during it beyond those before.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import Any


def main() -> None:
    """Load the code as Lambda does, and invoke its `handler` with one event after the other."""
    given = json.load(sys.stdin)
    module: dict[str, Any] = {"__name__": "index"}
    exec(compile(given["source"], "index.py", "exec"), module)
    tracemalloc.start()
    outcomes = []
    for event in given["events"]:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        error = None
        try:
            module["handler"](event, None)
        except Exception as exc:
            error = f"{type(exc).__name__}: {exc}"
        outcomes.append({"error": error, "peak": tracemalloc.get_traced_memory()[1] - before})
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
