"""Starts the runtime client of Lambda's Python runtime, in an environment like Lambda's."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.ministack import REGION
from local.runtime_packages import BOTO3, RUNTIME_CLIENT, link_packages
from local.session import ACCESS_KEY_ID, SECRET_ACCESS_KEY

HANDLER = "app.handler"


@dataclass(frozen=True)
class Function:
    """A function as `sam build` leaves it, with the variables of its template and the interpreter to run it on."""

    function_dir: Path
    layer_python_dir: Path
    environment: Mapping[str, str]
    python: str
    memory_mb: int

    @property
    def name(self) -> str:
        """The name of its folder: its logical ID."""
        return self.function_dir.name


def link_runtime_packages(folder: Path, python: str) -> Path:
    """Makes the folder, and puts the runtime's packages of the interpreter `python` there."""
    folder.mkdir()
    link_packages(folder, (*RUNTIME_CLIENT, *BOTO3), python)
    return folder


def start_runtime(
    function: Function, packages: Path, api_address: str, folder: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Starts it with the Runtime API at `api_address`, the `folder` as its home, its output in `log`.

    It imports as in Lambda: from the function's folder, the layer's, the runtime's `packages`, in this order, and from
    nothing else that the interpreter has installed.
    """
    path = (function.function_dir, function.layer_python_dir, packages)
    with log.open("wb") as output:
        return subprocess.Popen(
            # -S leaves the interpreter's own packages out, -P the working folder, which is in the path already.
            [function.python, "-S", "-P", "-m", "awslambdaric", HANDLER],
            cwd=function.function_dir,
            env={
                **_environment(function, api_address),
                "HOME": str(folder),  # Otherwise boto3 would find the user's own settings.
                "TMPDIR": str(folder),
                "PYTHONPATH": os.pathsep.join(map(str, path)),
                # Lambda's folders are read-only: Python cannot write bytecode there.
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _environment(function: Function, api_address: str) -> dict[str, str]:
    """The variables of https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and the function's."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": api_address,
        "LAMBDA_TASK_ROOT": str(function.function_dir),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "_HANDLER": HANDLER,
        **function.environment,
    }
