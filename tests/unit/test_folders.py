"""The folders of tests: what each may use."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.local.sam import PROJECT_ROOT

TESTS = PROJECT_ROOT / "tests"
FOLDERS = ("unit", "integration", "e2e")
SERVERS = {"moto", "flask", "tests.local.twilio_sandbox", "tests.local.aws", "tests.local.ministack"}


def imported(files: Iterable[Path]) -> set[str]:
    """The modules that *files* import."""
    sources = [file.read_text() for file in files]
    assert sources, "there are no files: this looks at the wrong place"
    return set(re.findall(r"^\s*(?:from|import) ([\w.]+)", "\n".join(sources), re.MULTILINE))


def within(modules: Iterable[str], packages: Iterable[str]) -> set[str]:
    """Those of *modules* that are one of *packages* or in one."""
    return {name for name in modules for package in packages if f"{name}.".startswith(f"{package}.")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_of_tests_imports_another_one(folder: str) -> None:
    others = [f"tests.{other}" for other in FOLDERS if other != folder]
    assert within(imported((TESTS / folder).rglob("*.py")), others) == set()


@pytest.mark.parametrize("shared", ["*.py", "local/**/*.py", "bench/**/*.py"])
def test_what_they_share_imports_none_of_them(shared: str) -> None:
    assert within(imported(TESTS.glob(shared)), [f"tests.{folder}" for folder in FOLDERS]) == set()


def test_unit_tests_need_no_server_and_no_aws() -> None:
    assert within(imported((TESTS / "unit").rglob("*.py")), SERVERS) == set()


def test_a_file_in_a_folder_of_a_folder_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "webhook").mkdir()
    (tmp_path / "webhook" / "test_receiver.py").write_text("from moto import mock_aws\n")
    assert imported(tmp_path.rglob("*.py")) == {"moto"}
