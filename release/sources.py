"""What a release is made of: a version of the project, and the time that its files have instead of the time of day."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from release.refusal import ReleaseError

# The paths that go into a release, or decide what does.
PARTS = (
    *("template.yaml", "functions", "layers", "LICENSE"),
    *("local/sam.py", "release", "requirements-dev.txt", "requirements-release.txt", "samconfig.toml"),
)
VERSION_FILE = Path("layers", "twilio_connector", "python", "twilio_connector", "__init__.py")
# https://reproducible-builds.org/specs/source-date-epoch/
EPOCH = "SOURCE_DATE_EPOCH"

# How many changed files are named.
NAMED = 5


@dataclass(frozen=True)
class Sources:
    """The checkout in *folder*: its *version*, and *made*, the time of its commit or of SOURCE_DATE_EPOCH."""

    folder: Path
    version: str
    made: datetime

    @classmethod
    def of(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the checkout. Raises :class:`ReleaseError` if it has uncommitted changes, or no time."""
        folder = folder.resolve()
        is_checkout = _git(folder, "rev-parse", "--show-toplevel") == [str(folder)]
        if is_checkout and (changed := _git(folder, "status", "--porcelain", "--", *PARTS)):
            # Git writes two letters and a blank before each path.
            paths = ", ".join(line[3:] for line in changed[:NAMED]) + (", ..." if changed[NAMED:] else "")
            raise ReleaseError(f"No commit holds what would be released: {paths}.", "Commit it, or stash it.")
        committed = "".join(_git(folder, "log", "-1", "--format=%ct")) if is_checkout else ""
        seconds = environment.get(EPOCH) or committed
        if not seconds:
            raise ReleaseError(
                f"{folder.name} is not a git checkout, so its time is unknown.",
                f"Set {EPOCH} to the release's time, in seconds since 1970.",
            )
        return cls(folder, _version(folder), _instant(seconds))


def _instant(seconds: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise ReleaseError(f"{EPOCH} is not a number of seconds since 1970.", "Correct it, or leave it out.") from exc


def _version(folder: Path) -> str:
    (version,) = re.findall(r'^__version__ = "(.+)"$', (folder / VERSION_FILE).read_text(), re.MULTILINE)
    return str(version)


def _git(folder: Path, *arguments: str) -> list[str]:
    """The lines that git prints; none if git is missing or fails."""
    try:
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
