"""The folders of tests, and those next to them: what each may import, directly or by what it imports."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT

KINDS = ("unit", "integration", "e2e", "simulation")
PACKAGES = ("bench", "local", "operations", "release", "tests")
SERVERS = {"moto", "flask", "local.twilio_sandbox", "local.aws", "local.ministack"}


def sources(folder: str) -> list[Path]:
    """The Python files in *folder* and in those below it."""
    files = sorted((PROJECT_ROOT / folder).rglob("*.py"))
    assert files, f"{folder} holds nothing: this looks at the wrong place"
    return files


def imports(file: Path) -> Iterator[str]:
    """What *file* imports: modules, and with ``from`` also what it takes out of them."""
    for module, names in re.findall(r"^\s*from ([\w.]+) import (\([^)]*\)|.*)", file.read_text(), re.MULTILINE):
        yield module
        yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))
    yield from re.findall(r"^\s*import ([\w.]+)", file.read_text(), re.MULTILINE)


def reached(files: Iterable[Path]) -> set[str]:
    """What *files* import, and what the files of the project import that they import."""
    waiting, seen, modules = list(files), set[Path](), set[str]()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        found = set(imports(file))
        modules |= found
        places = [PROJECT_ROOT / name.replace(".", "/") for name in found if name.partition(".")[0] in PACKAGES]
        paths = [path for place in places for path in (place.with_suffix(".py"), place / "__init__.py")]
        waiting += [path for path in paths if path.exists()]
    return modules


def within(modules: Iterable[str], packages: Iterable[str]) -> set[str]:
    """Those of *modules* that are one of *packages* or in one."""
    return {name for name in modules for package in packages if f"{name}.".startswith(f"{package}.")}


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_tests_imports_another_one(kind: str) -> None:
    others = [f"tests.{other}" for other in KINDS if other != kind]
    assert within(reached(sources(f"tests/{kind}")), others) == set()


def test_what_the_tests_share_imports_no_test() -> None:
    assert within(reached(sources("tests/support")), [f"tests.{kind}" for kind in KINDS]) == set()


def test_the_local_aws_the_operators_commands_and_a_release_need_neither_the_tests_nor_the_bench() -> None:
    for folder in ("local", "operations", "release"):
        assert within(reached(sources(folder)), ["tests", "bench"]) == set()


def test_the_bench_takes_from_the_tests_what_they_share_alone() -> None:
    assert within(reached(sources("bench")), [f"tests.{kind}" for kind in KINDS]) == set()


def test_unit_tests_need_no_server_and_no_aws() -> None:
    # Those of the local AWS and of the bench import the modules next to theirs; they start nothing either.
    files = [file for file in sources("tests/unit") if file.parent.name not in ("bench", "local")]
    assert within(reached(files), SERVERS) == set()


def test_what_is_looked_at_lies_in_folders_too_and_is_followed(tmp_path: Path) -> None:
    (tmp_path / "webhook").mkdir()
    (tmp_path / "webhook" / "test_receiver.py").write_text("from tests.support import (\n    world,\n)\n")
    assert "moto" not in set(imports(tmp_path / "webhook" / "test_receiver.py"))
    assert {"tests.support.world", "local.twilio_sandbox", "flask"} <= reached(tmp_path.rglob("*.py"))
