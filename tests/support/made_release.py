"""A release, made by `make release` in a copy of this project."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from local.sam import PROJECT_ROOT

# Of the project what a release is made with.
PARTS = (
    "template.yaml",
    "functions",
    "layers",
    "LICENSE",
    "local",
    "operations",
    "release",
    "samconfig.toml",
    "Makefile",
)
REQUIREMENTS = ("requirements-dev.txt", "requirements-release.txt")
COMMITTED = "1764403200"
_NO_COPIES = shutil.ignore_patterns("__pycache__")


@cache
def runtime_python() -> str | None:
    """The Python of Lambda's runtime on this machine, if there is one that starts."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for python in ("python3.13", *sorted(map(str, pyenv.glob("3.13*/bin/python"))), sys.executable):
        ask = [python, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 13))"]
        try:
            if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
                return python
        except OSError:
            continue
    return None


def copied(folder: Path) -> Path:
    """A copy of the project in *folder*, without its history, and with this environment."""
    folder.mkdir(parents=True)
    for part in (*PARTS, *REQUIREMENTS):
        source = PROJECT_ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=_NO_COPIES)
        else:
            # With its time, by which make knows whether .venv/release is of it.
            shutil.copy2(source, folder / part)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def commit(folder: Path) -> None:
    """Make a git checkout of *folder*, with one commit of :data:`COMMITTED`."""
    identity = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
    identity |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}
    dates = {"GIT_AUTHOR_DATE": f"@{COMMITTED}", "GIT_COMMITTER_DATE": f"@{COMMITTED}"}
    (folder / ".gitignore").write_text("/.venv\n__pycache__/\n")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "All of it"]):
        subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **identity, **dates}, check=True)


def make_release(
    project: Path, output: Path, *variables: str, umask: int = -1, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`make release` in *project*, with more variables of make's and of the environment."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "SOURCE_DATE"))}
    return subprocess.run(
        ["make", "--old-file=.venv/.ready", "release", f"DIST={output}", *variables],
        cwd=project,
        env={**others, **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
