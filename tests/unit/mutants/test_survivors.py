"""`make mutants` judges what is there, and its list of survivors speaks of code that is there."""

import ast
import json
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from tests.mutants.parts import PACKAGE, PARTS, SOURCES
from tests.mutants.survivors import Figures, listed
from tests.mutants.tool import Mutant, results

ONE, OTHER = Mutant("a.py:f", "x = 1", "x = 2"), Mutant("a.py:f", "x = 1", "x = None")


def code_of(place: str) -> str:
    """The function at *place*, its lines without the blanks around them."""
    module, _, name = place.partition(":")
    text = (SOURCES / PACKAGE / module).read_text(encoding="utf-8")
    body: list[ast.stmt] = ast.parse(text).body
    found: ast.stmt | None = None
    for each in name.split("."):
        kinds = (ast.ClassDef, ast.FunctionDef)
        found = next(node for node in body if isinstance(node, kinds) and node.name == each)
        body = found.body
    assert isinstance(found, ast.FunctionDef)
    lines = text.splitlines()[found.lineno - 1 : found.end_lineno]
    return " ".join(line.strip() for line in lines)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_names_modules_and_tests_that_there_are(name: str) -> None:
    part = PARTS[name]
    assert all((SOURCES / PACKAGE / module).is_file() for module in part.modules)
    assert all((PROJECT_ROOT / each.partition("::")[0]).exists() for each in (*part.tests, *part.without))


def test_each_survivor_has_a_reason_and_its_code_is_still_there() -> None:
    modules = {module for part in PARTS.values() for module in part.modules}
    for mutant, reason in listed().items():
        assert len(reason) > 20
        assert mutant.place.partition(":")[0] in modules
        assert mutant.was in code_of(mutant.place), mutant
        assert mutant.was != mutant.becomes


def test_a_survivor_that_nobody_has_explained_fails_and_so_does_a_part_of_which_too_little_is_killed() -> None:
    killed = [(Mutant("a.py:f", str(number), ""), 1) for number in range(19)]
    assert Figures.of([*killed, (ONE, 0)], {ONE: "A log's text."}) == Figures(20, 19, 1, ())
    assert Figures.of([*killed, (ONE, 0)], {ONE: "A log's text."}).passes
    assert Figures.of([*killed, (ONE, 0)], {OTHER: "A log's text."}).new == (ONE,)
    assert not Figures.of([*killed, (ONE, 0)], {OTHER: "A log's text."}).passes
    assert not Figures.of([*killed[1:], (ONE, 0)], {ONE: "A log's text."}).passes
    assert Figures.of([*killed[1:], (ONE, 0)], {ONE: "Equivalent: one is one."}).share == 100
    # What no test has run, and what was not judged, is not killed; what ran for too long is.
    assert [Figures.of([(ONE, exit_code)], {}).killed for exit_code in (33, None, -24)] == [0, 0, 1]


def test_what_mutmut_writes_down_is_read_as_places_and_changes(tmp_path: Path) -> None:
    module = PARTS["redaction"].modules[0]
    path = tmp_path / "mutants/src" / PACKAGE / module
    path.parent.mkdir(parents=True)
    path.write_text(
        "class A:\n    def xǁAǁf__mutmut_orig(self, b=1):\n        a = 1\n        return a\n"
        "    def xǁAǁf__mutmut_1(self, b=1):\n        a = 2\n        return a\n"
        "    def xǁAǁf__mutmut_2(self, b=2):\n        a = 1\n        return a\n"
    )
    spans = '{"spans": {"xǁAǁf__mutmut_orig": [2, 4], "xǁAǁf__mutmut_1": [5, 7], "xǁAǁf__mutmut_2": [8, 10]}}'
    path.with_name(f"{path.name}.spans").write_text(spans)
    exit_codes = {f"twilio_connector.m.xǁAǁf__mutmut_{number}": number - 1 for number in (1, 2)}
    path.with_name(f"{path.name}.meta").write_text(json.dumps({"exit_code_by_key": exit_codes}))
    assert list(results(tmp_path, PARTS["redaction"])) == [
        (Mutant(f"{module}:A.f", "a = 1", "a = 2"), 0),
        (Mutant(f"{module}:A.f", "def f(self, b=1):", "def f(self, b=2):"), 1),
    ]
