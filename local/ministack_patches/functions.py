"""Lambda: errors under their names, layers extracted once, and calls that end in the version in which they began."""

import hashlib
import re
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc


def name_errors_by_their_class() -> None:
    """MiniStack calls all errors of Python functions `Runtime.HandlerError`; the traceback in its log has the class."""
    execute = lambda_svc._execute_function_warm

    def execute_and_name(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = execute(function, event, request_id)
        if answer.get("error") and answer["body"]["errorType"] == "Runtime.HandlerError":
            # The error follows the last line that says where it was raised.
            raised = re.search(r"^([\w.]+)", answer.get("log", "").rpartition("\n  ")[2].partition("\n")[2])
            if raised:
                answer["body"]["errorType"] = raised[1].rpartition(".")[2]
        return answer

    lambda_svc._execute_function_warm = execute_and_name


def extract_each_layer_once() -> None:
    """MiniStack extracts a function's layers, a thousand files, for every process that it starts; a link does as well.

    The processes share the bytecode, too, that the first of them leaves there.
    """
    folders: dict[bytes, str] = {}
    lock = threading.Lock()

    class LayerZip(zipfile.ZipFile):
        @property
        def _is_layer(self) -> bool:
            return Path(str(self.filename)).name.startswith("layer_")

        def namelist(self) -> list[str]:
            # Otherwise each name would be checked again for a path out of the folder.
            return [] if self._is_layer else super().namelist()

        def extractall(self, path: Any = None, *arguments: Any) -> None:
            if not self._is_layer:
                return super().extractall(path, *arguments)
            digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).digest()
            with lock:
                if digest not in folders:
                    folder = tempfile.mkdtemp(prefix="layer-")
                    super().extractall(folder, super().namelist())
                    folders[digest] = folder
            Path(path).rmdir()
            Path(path).symlink_to(folders[digest])
            return None

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": LayerZip})


def let_calls_end_where_they_began() -> None:
    """MiniStack ends a function's processes when it is updated, even busy ones: their callers get a 502.

    In Lambda a call that has begun goes on, and only later calls get the new version.
    """
    invalidate = lambda_runtime.invalidate_worker

    def invalidate_what_rests(func_name: str, *arguments: Any, **named: Any) -> None:
        at_work = []
        with lambda_runtime._lock:
            # There is but one account, one region and no qualifier here.
            for key, workers in lambda_runtime._workers.items():
                if key.split(":")[-2] == func_name:
                    at_work += [worker for worker in workers if worker.in_use]
                    workers[:] = [worker for worker in workers if not worker.in_use]
        invalidate(func_name, *arguments, **named)
        if at_work:
            threading.Thread(target=end, args=(at_work,), daemon=True).start()

    def end(workers: list[Any]) -> None:
        # A process that was killed is never returned to the pool.
        while any(worker.in_use and worker._proc and worker._proc.poll() is None for worker in workers):
            time.sleep(0.05)
        lambda_runtime.kill_workers(workers)

    lambda_runtime.invalidate_worker = lambda_svc.invalidate_worker = invalidate_what_rests
