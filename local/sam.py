"""The real `sam build` and `sam deploy`, the second one against a local endpoint."""

import atexit
import fcntl
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
# Names a folder in which processes that run side by side share one build of this project.
SHARED_BUILD = "TWILIO_CONNECTOR_SHARED_BUILD"


class SamError(RuntimeError):
    """A `sam` command failed; the message holds the end of what it printed."""


@functools.cache
def build(project: Path = PROJECT_ROOT) -> Path:
    """Builds the bundle and returns the built template: once per process, in a folder that is removed with it.

    If the environment names a folder for a shared build of this project, the first process makes the build there.
    """
    if project == PROJECT_ROOT and (shared := os.environ.get(SHARED_BUILD)):
        return _build_once(project, Path(shared))
    folder = Path(tempfile.mkdtemp(prefix="twilio-connector-build-"))
    atexit.register(shutil.rmtree, folder)
    return build_in(folder, project)


def _build_once(project: Path, folder: Path) -> Path:
    """The build in *folder*, made unless it is complete; other processes wait until it is."""
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build_in(folder, project)
            done.touch()
    return folder / "build" / "template.yaml"


def build_in(folder: Path, project: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Builds a project in *folder*, with more variables in its environment; returns the built template."""
    # Its temporary files are removed with the folder, even after an interruption.
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    arguments = ["build", "--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache")]
    _run(arguments, project, {**(environment or {}), "TMPDIR": str(scratch)})
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
    # The local AWS is done at once, so `sam deploy` would spend most of its time waiting, five seconds between polls.
    own = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.1", "PYTHON": sys.executable, **environment}
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
