"""The function of FUNCTION_FOLDER under the profiler. For the event `profile` it returns the seconds of each file."""

import cProfile
import importlib.util
import os
import pstats
import time
from typing import Any

spec = importlib.util.spec_from_file_location("profiled_app", os.environ["FUNCTION_FOLDER"] + "/app.py")
assert spec and spec.loader
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)
# What is built in counts for its callers; waiting does not count.
profile = cProfile.Profile(time.process_time, builtins=False)


def handler(event: Any, context: Any) -> Any:
    """The function's own, profiled."""
    if event == "profile":
        return [(file, values[2]) for (file, _, _), values in pstats.Stats(profile).stats.items()]  # type: ignore[attr-defined]
    return profile.runcall(app.handler, event, context)
