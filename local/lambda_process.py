"""A function in a process of its own, run by the runtime client of Lambda's Python runtime.

built = sam.build().parent
with LambdaProcess(built / "GetSmsFunction", built / "TwilioConnectorLayer" / "python", variables) as process:
    result = process.invoke({"messageSid": "SM…"})
    assert result.error_type == "ConnectionConfigError"
"""

import ctypes
import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.invocation_slot import Invocation
from local.ministack import ACCOUNT_ID, REGION
from local.runtime_api import RuntimeApi
from local.runtime_start import Function, link_runtime_packages, start_runtime

START_SECONDS = 30.0
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Result:
    """What became of one invocation. `payload` is what Lambda's Invoke returns: the result, or the error's document.

    In seconds: `duration` from handing the event over to the answer; `init_duration` from the start of the process to
    its readiness, None unless this was its first invocation (both together are a cold start's time to its answer);
    `processor_time` of the process until its answer, with that of its start if this was its first invocation, None
    if the system does not report it.
    """

    payload: Any
    failed: bool
    duration: float
    init_duration: float | None
    processor_time: float | None

    @property
    def cold(self) -> bool:
        """Whether it was the first invocation of the process."""
        return self.init_duration is not None

    @property
    def error_type(self) -> str | None:
        """The name by which Step Functions can catch the error."""
        return self.payload["errorType"] if self.failed else None

    @property
    def error_message(self) -> str | None:
        """The error's message."""
        return self.payload["errorMessage"] if self.failed else None


class LambdaProcess:
    """A context manager: the process starts and ends with it. Nothing of the host's environment gets through.

    `runtime`: a folder with the runtime's packages; by default, those of the interpreter `python`.
    """

    def __init__(
        self,
        function_dir: Path,
        layer_python_dir: Path,
        environment: Mapping[str, str],
        *,
        python: str = sys.executable,
        memory_mb: int = 256,
        runtime: Path | None = None,
    ) -> None:
        self._runtime = runtime
        self._function = Function(function_dir, layer_python_dir, environment, python, memory_mb)
        self._context = ExitStack()
        self._cold = True

    def __enter__(self) -> Self:
        with ExitStack() as context:
            folder = Path(context.enter_context(tempfile.TemporaryDirectory(prefix="lambda-process-")))
            self._api = context.enter_context(RuntimeApi())
            self._log_path = folder / "log"
            packages = self._runtime or link_runtime_packages(folder / "runtime", self._function.python)
            self._started_at = time.monotonic()
            self._process = start_runtime(self._function, packages, self._api.address, folder, self._log_path)
            context.callback(self._stop)
            threading.Thread(target=self._tell_of_its_end, daemon=True).start()
            self._context = context.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()

    @property
    def pid(self) -> int:
        """The ID of the process."""
        return self._process.pid

    def processor_time_at_rest(self) -> float | None:
        """Seconds of processor time of the process so far, as soon as it asks for an invocation.

        For a new process this is its start. For one that has answered, its work after the answer counts, too. None if
        the system does not report it. Raises RuntimeTooSlowError, and RuntimeEndedError if the process ends.
        """
        self._api.slot.wait_until_asked(START_SECONDS)
        return processor_seconds(self.pid)

    @property
    def log(self) -> str:
        """Everything that the process has written to standard output and standard error, while it is open."""
        return self._log_path.read_text(encoding="utf-8")

    def invoke(self, event: Any, *, timeout_ms: int = 30_000, request_id: str | None = None) -> Result:
        """Invokes the function and waits for the answer; one invocation at a time, as in Lambda.

        Raises RuntimeTooSlowError when the time is up, RuntimeEndedError if the process ends; it is unusable then.
        """
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self._function.name}"
        invocation = Invocation(request_id or str(uuid.uuid4()), arn, json.dumps(event).encode(), timeout_ms)
        cold, self._cold = self._cold, False
        before = 0.0 if cold else processor_seconds(self.pid)
        slot = self._api.slot
        answer = slot.exchange(invocation, START_SECONDS)
        after = processor_seconds(self.pid)
        return Result(
            payload=answer.document,
            failed=answer.failed,
            # After a failed initialisation the runtime does not ask for an invocation.
            duration=answer.came - (slot.handed_out_at or answer.came),
            init_duration=(slot.asked_at or answer.came) - self._started_at if cold else None,
            processor_time=None if before is None or after is None else after - before,
        )

    def _tell_of_its_end(self) -> None:
        self._process.wait()
        self._api.slot.end()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def processor_seconds(pid: int) -> float | None:
    """Seconds of processor time that all threads of a process have used so far, by its own clock, in nanoseconds.

    None if the system does not report it: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    clock = ctypes.c_int()
    try:
        if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
            return None
        return time.clock_gettime(clock.value)
    except (AttributeError, OSError):
        return None
