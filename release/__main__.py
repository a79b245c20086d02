"""``python -m release --python PATH [--output FOLDER] [--json]``: writes a release; exits with 1 if it is refused."""

import shutil
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

from local.sam import PROJECT_ROOT
from operations.command import parser_of, told
from operations.exit_status import INTERRUPTED
from operations.findings import Finding, Subject
from operations.progress import Progress, progress_on
from operations.reports import Document, Lines, Report
from release.building import Interpreter, built
from release.files import SUMS, contents
from release.refusal import ReleaseError
from release.sources import Sources


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a release; returns the exit status."""
    parser = parser_of("python -m release", "Writes zips, templates and a bill of materials, to deploy without SAM.")
    parser.add_argument("--python", required=True, help="the Python of Lambda's runtime, which makes the bytecode")
    parser.add_argument("--output", type=Path, default=PROJECT_ROOT / "dist", help="the folder (default: dist)")
    parser.add_argument("--tools", type=Path, default=PROJECT_ROOT / ".venv/release", help="requirements-release.txt")
    given = parser.parse_args(arguments)
    report: Report = Document(command="release") if given.json else Lines()
    progress = progress_on(every_step=True)
    return told(release(PROJECT_ROOT, given.python, given.output, given.tools, progress), report, progress)


def release(project: Path, python: str, output: Path, tools: Path, progress: Progress) -> Generator[Finding]:
    """Write a release of *project* into the folder *output*, whole or not at all."""
    try:
        yield from _released(project, python, output, tools, progress)
    except ReleaseError as exc:
        yield Subject("release").fail(str(exc), exc.remedy)


def _released(project: Path, python: str, output: Path, tools: Path, progress: Progress) -> Generator[Finding]:
    _check_output(output)
    interpreter, sources = Interpreter.of(python), Sources.of(project)
    yield Subject("sources").ok(f"Version {sources.version}, of {sources.made:%Y-%m-%d %H:%M:%S} UTC.")
    yield Subject("bytecode").ok(f"Made by Python {interpreter.version}.")
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        place, made = Path(scratch) / "sam", Path(scratch) / "made"
        place.mkdir()
        made.mkdir()
        progress.step("sam build: functions and layer (half a minute)")
        build = built(sources, interpreter, place)
        progress.step("zips, templates, bill of materials")
        files = contents(sources, interpreter, build, tools)
        for name, content in files.items():
            (made / name).write_bytes(content)
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(made, output)
    for line in files[SUMS].decode().splitlines():
        checksum, name = line.split("  ")
        yield Subject(name).ok(f"{len(files[name]):,} bytes, SHA-256 {checksum}")


def _check_output(output: Path) -> None:
    """Raise :class:`ReleaseError` unless *output* is an earlier release, empty, or not there."""
    if output.exists() and not (output / SUMS).exists() and any(output.iterdir()):
        raise ReleaseError(f"{output} holds something other than a release.", "Name another, or move it away.")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)
