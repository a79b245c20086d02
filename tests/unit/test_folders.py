"""The folders of tests: what each may use."""

import re
from collections.abc import Iterable

import pytest

from tests.local.sam import PROJECT_ROOT

FOLDERS = ("unit", "integration", "e2e")
SERVERS = {"moto", "flask", "tests.local.twilio_sandbox", "tests.local.aws", "tests.local.ministack"}


def imported(folder: str) -> set[str]:
    """The modules that the files of a folder import."""
    code = "\n".join(file.read_text() for file in (PROJECT_ROOT / "tests" / folder).glob("*.py"))
    return set(re.findall(r"^\s*(?:from|import) ([\w.]+)", code, re.MULTILINE))


def within(modules: Iterable[str], packages: Iterable[str]) -> set[str]:
    """Those of *modules* that are one of *packages* or in one."""
    return {name for name in modules for package in packages if f"{name}.".startswith(f"{package}.")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_of_tests_imports_another_one(folder: str) -> None:
    assert within(imported(folder), [f"tests.{other}" for other in FOLDERS if other != folder]) == set()


@pytest.mark.parametrize("shared", ["", "local", "bench"])
def test_what_they_share_imports_none_of_them(shared: str) -> None:
    assert within(imported(shared), [f"tests.{folder}" for folder in FOLDERS]) == set()


def test_unit_tests_need_no_server_and_no_aws() -> None:
    assert within(imported("unit"), SERVERS) == set()
