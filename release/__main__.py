"""``python -m release --python PATH [--output FOLDER]``: writes a release; exits with 1 if it is refused."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.sam import PROJECT_ROOT
from release.building import Interpreter, built
from release.files import SUMS, contents
from release.refusal import ReleaseError
from release.sources import Sources


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a release; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m release", description="Writes what is deployed without SAM.")
    parser.add_argument("--python", required=True, help="the Python of Lambda's runtime, which makes the bytecode")
    parser.add_argument("--output", type=Path, default=PROJECT_ROOT / "dist", help="where to (default: dist)")
    parser.add_argument("--tools", type=Path, default=PROJECT_ROOT / ".venv/release", help="requirements-release.txt")
    given = parser.parse_args(arguments)
    try:
        sums = release(PROJECT_ROOT, given.python, given.output, given.tools)
    except ReleaseError as exc:
        print(f"FAIL  {exc}\n      -> {exc.remedy}", file=sys.stderr)
        return 1
    print(sums, end="")
    return 0


def release(project: Path, python: str, output: Path, tools: Path) -> str:
    """Write a release of *project* into the folder *output*, whole or not at all; returns its checksums.

    Raises :class:`ReleaseError`.
    """
    _check_output(output)
    sources, interpreter = Sources.of(project), Interpreter.of(python)
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        place, made = Path(scratch) / "sam", Path(scratch) / "made"
        place.mkdir()
        made.mkdir()
        files = contents(sources, interpreter, built(sources, interpreter, place), tools)
        for name, content in files.items():
            (made / name).write_bytes(content)
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(made, output)
    return files[SUMS].decode()


def _check_output(output: Path) -> None:
    """Raise :class:`ReleaseError` unless *output* is an earlier release, empty, or not there."""
    if output.exists() and not (output / SUMS).exists() and any(output.iterdir()):
        raise ReleaseError(f"{output} holds something else than a release.", "Name another folder, or put it aside.")


if __name__ == "__main__":
    sys.exit(main())
