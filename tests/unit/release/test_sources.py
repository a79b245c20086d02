"""What a release is of: one commit, or a folder whose time is told."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from release.refusal import ReleaseError
from release.sources import EPOCH, VERSION_FILE, Sources

COMMITTED = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a version, in no checkout."""
    module = tmp_path / VERSION_FILE
    module.parent.mkdir(parents=True)
    module.write_text('"""The layer."""\n\n__version__ = "1.2.3"\n')
    return tmp_path


@pytest.fixture
def checkout(folder: Path) -> Path:
    git(folder, "init")
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "All of it")
    return folder


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {f"GIT_{role}_DATE": f"@{COMMITTED.timestamp():.0f}" for role in ("AUTHOR", "COMMITTER")}
    command = ["git", *arguments[:1], "--quiet", *arguments[1:]] if arguments[0] != "add" else ["git", *arguments]
    subprocess.run(command, cwd=folder, env={**os.environ, **who, **dates}, check=True)


def test_a_checkout_has_its_version_and_the_time_of_its_commit(checkout: Path) -> None:
    assert Sources.of(checkout, {}) == Sources(checkout, "1.2.3", COMMITTED)


def test_the_environment_beats_the_commit(checkout: Path) -> None:
    assert Sources.of(checkout, {EPOCH: "0"}).made == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("path", [str(VERSION_FILE), "functions/poll/left_behind.py"])
def test_what_no_commit_holds_is_refused_by_its_path(path: str, checkout: Path) -> None:
    changed = checkout / path
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text('__version__ = "1.2.3"\n# changed\n')
    with pytest.raises(ReleaseError, match="No commit holds what would be released: ") as told:
        Sources.of(checkout, {EPOCH: "0"})
    # Of a new folder git tells no more than its name.
    assert path.startswith(str(told.value).split(": ")[1].removesuffix("."))


def test_changes_beside_the_release_are_nobodys_business(checkout: Path) -> None:
    (checkout / "notes.md").write_text("To do\n")
    assert Sources.of(checkout, {}).version == "1.2.3"


def test_a_folder_without_a_commit_needs_a_time(folder: Path) -> None:
    with pytest.raises(ReleaseError, match="not a git checkout"):
        Sources.of(folder, {})
    assert Sources.of(folder, {EPOCH: "1764403200"}).made == datetime.fromtimestamp(1764403200, UTC)


def test_the_commit_of_a_checkout_around_it_is_not_the_folder_s(checkout: Path) -> None:
    module = checkout / "copy" / VERSION_FILE
    module.parent.mkdir(parents=True)
    module.write_text('__version__ = "1.2.4"\n')
    with pytest.raises(ReleaseError, match="not a git checkout"):
        Sources.of(checkout / "copy", {})


@pytest.mark.parametrize("seconds", ["today", "1e9", "1" * 30])
def test_a_time_that_is_none_is_refused(seconds: str, folder: Path) -> None:
    with pytest.raises(ReleaseError, match="not a number of seconds"):
        Sources.of(folder, {EPOCH: seconds})
