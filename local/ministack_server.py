"""MiniStack's own server, as the child of `ministack.py`, with the corrections of `ministack_patches`.

It ends with its standard input. A line there, `kill FUNCTION WORD`, kills the process of that function that handles
an event with that word in its JSON.
"""

import atexit
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path


def _obey_standard_input(kill_at_work: Callable[[str, str], None]) -> None:
    for line in sys.stdin:
        _, function, word = line.split()
        kill_at_work(function, word)
    # A parent that was killed cannot remove this folder.
    atexit.register(shutil.rmtree, os.environ["TMPDIR"], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _serve() -> None:
    # At the end of the path, and only for this process: functions must not import this project's modules.
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    from ministack.app import main

    from local.ministack_patches import cloudformation, functions, processes

    cloudformation.let_stacks_have_archives()
    cloudformation.let_stacks_have_alarms_on_metric_math()
    cloudformation.keep_buses_that_have_rules()
    functions.name_errors_by_their_class()
    functions.extract_each_layer_once()
    functions.let_calls_end_where_they_began()
    processes.remember_events()
    threading.Thread(target=_obey_standard_input, args=(processes.kill_at_work,), daemon=True).start()
    main()


if __name__ == "__main__":
    _serve()
