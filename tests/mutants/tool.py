"""mutmut, which changes a part and runs its tests: in a folder of its own, with a configuration of its own."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from local.sam import PROJECT_ROOT
from tests.mutants.parts import PACKAGE, SOURCES, Part

# What tests read besides the sources.
COPIED = ("tests", "local", "operations", "events", "functions", "layers", "template.yaml", "docs", "README.md")
CONFIGURATION = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = {copied}
pytest_add_cli_args = {arguments}
pytest_add_cli_args_test_selection = {tests}
# A change may let a loop run for ever.
timeout_multiplier = 4.0
timeout_constant = 10.0
use_git_change_detection = false
on_dependency_change = "ignore"

[tool.pytest]
pythonpath = [".", "src"]
addopts = ["--import-mode=importlib", "-m", "not endurance and not soak and not docs"]
markers = ["docs", "endurance", "soak"]
"""
ARGUMENTS = ("-p", "no:xdist", "-p", "no:cacheprovider", "--hypothesis-profile=mutants")
# Exit codes: of pytest if a test failed or could not run at all, and of a process that ran too long.
KILLED = (1, 3, -24, 24, 152, 255)


@dataclass(frozen=True, order=True)
class Mutant:
    """A change: in *place*, a module and a function of it, the code that *was* there *becomes* another."""

    place: str
    was: str
    becomes: str


def judged(name: str, part: Part, tool: Path) -> Iterator[tuple[Mutant, int | None]]:
    """The mutants of *part*, each with the exit code of its tests; *tool* is mutmut's own environment."""
    folder = tool / "work" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for each in COPIED:
        (folder / each).symlink_to(PROJECT_ROOT / each)
    (folder / "src").symlink_to(SOURCES)
    (folder / "pyproject.toml").write_text(_configuration(part))
    # The project's own packages, at its own versions, come first.
    environment = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
    children = str(len(os.sched_getaffinity(0)))
    subprocess.run([tool / "bin/mutmut", "run", "--max-children", children], cwd=folder, env=environment, check=True)
    yield from results(folder, part)


def results(folder: Path, part: Part) -> Iterator[tuple[Mutant, int | None]]:
    """What mutmut has written down in *folder*."""
    for module in part.modules:
        path = folder / "mutants/src" / PACKAGE / module
        lines = path.read_text().splitlines()
        spans = _read(path, "spans")["spans"]
        for key, exit_code in _read(path, "meta")["exit_code_by_key"].items():
            mangled = key.rpartition(".")[2]
            original = mangled.rpartition("__mutmut_")[0]
            texts = [lines[start - 1 : end] for start, end in (spans[original + "__mutmut_orig"], spans[mangled])]
            function = original.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
            # The names that mutmut gives are a difference that does not count.
            named = rf"\bdef {re.escape(original)}__mutmut_\w+", f"def {function.rpartition('.')[2]}"
            texts = [[re.sub(*named, line) for line in text] for text in texts]
            yield Mutant(f"{module}:{function}", *_difference(*texts)), exit_code


def _difference(was: list[str], becomes: list[str]) -> tuple[str, str]:
    """The lines in which two texts of a function differ, without the blanks around them."""
    first, second = ([line.strip() for line in text] for text in (was, becomes))
    changes = [
        each for each in SequenceMatcher(None, first, second, autojunk=False).get_opcodes() if each[0] != "equal"
    ]
    return (
        " ".join(line for _, start, end, _, _ in changes for line in first[start:end]),
        " ".join(line for _, _, _, start, end in changes for line in second[start:end]),
    )


def _configuration(part: Part) -> str:
    modules = [f"src/{PACKAGE}/{module}" for module in part.modules]
    arguments = [*ARGUMENTS, *(f"--deselect={each}" for each in part.without)]
    return CONFIGURATION.format(
        modules=json.dumps(modules),
        copied=json.dumps(COPIED),
        arguments=json.dumps(arguments),
        tests=json.dumps(part.tests),
    )


def _read(path: Path, kind: str) -> Any:
    return json.loads(path.with_name(f"{path.name}.{kind}").read_text())
