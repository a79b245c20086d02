"""All functions of the folder FUNCTIONS in one process: each is loaded when it is first invoked.

Takes a function's name under `job`, and what it is invoked with under `event`; without a `job`, returns where the
package comes from.
"""

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any

import twilio_connector


@cache
def load(job: str) -> Any:
    """The module of a function."""
    spec = importlib.util.spec_from_file_location(f"{job}_app", Path(os.environ["FUNCTIONS"]) / job / "app.py")
    assert spec and spec.loader
    app = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(app)
    return app


def handler(event: Any, context: Any) -> Any:
    """The function's own."""
    if "job" not in event:
        return str(Path(twilio_connector.__file__).parents[1])
    return load(event["job"]).handler(event["event"], context)
