"""The real `sam build` and `sam deploy`, the second one against a local endpoint."""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


class SamError(RuntimeError):
    """A `sam` command failed; the message holds the end of what it printed."""


@functools.cache
def build(project: Path = PROJECT_ROOT) -> Path:
    """Builds the bundle and returns the built template: once per process, in a folder that goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="twilio-connector-build-"))
    atexit.register(shutil.rmtree, folder)
    # Its scratch goes with the folder, too, also when it is interrupted.
    (folder / "scratch").mkdir()
    arguments = ["build", "--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache")]
    _run(arguments, project, {"TMPDIR": str(folder / "scratch")})
    return folder / "build" / "template.yaml"


def deploy(template: Path, stack_name: str, parameters: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Deploys a built template. Parameters with an empty value are left out, because `sam` refuses them."""
    overrides = [f"{name}={_quoted(value)}" for name, value in parameters.items() if value]
    arguments = [
        *("deploy", "--template-file", str(template), "--stack-name", stack_name, "--resolve-s3"),
        *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset"),
        *(["--parameter-overrides", *overrides] if overrides else []),
    ]
    _run(arguments, template.parent, environment)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _run(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    # PYTHON is what the layer's Makefile calls pip with.
    own = {"SAM_CLI_TELEMETRY": "0", "PYTHON": sys.executable, **environment}
    hosts = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    result = subprocess.run(
        [sys.executable, "-m", "samcli", *arguments],
        cwd=folder,
        env={**hosts, **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SamError(f"sam {arguments[0]} failed:\n{result.stdout[-4000:]}")
