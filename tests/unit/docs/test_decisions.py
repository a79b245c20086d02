"""The decisions: a dated heading each, in order of date, where whatever points to one finds it."""

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from local.sam import PROJECT_ROOT
from tests.support.pages import anchors

pytestmark = pytest.mark.docs

PAGE = (PROJECT_ROOT / "docs" / "decisions.md").read_text()
SECTIONS = re.findall(r"^#{2,} (.*)$", PAGE, re.MULTILINE)
PLACES = ("layers", "functions", "operations", "local", "bench", "tests", "events", "template.yaml", "Makefile")
SUFFIXES = {".py", ".yaml", ".toml", ".md"}
POINTER = re.compile(r"docs/decisions\.md#([\w-]+)")


def test_each_decision_has_a_heading_with_its_date_in_order() -> None:
    assert len(SECTIONS) > 100
    dated = [re.fullmatch(r"(\d{4}-\d\d-\d\d): (\S.*)", title) for title in SECTIONS]
    assert [title for title, match in zip(SECTIONS, dated, strict=True) if not match] == []
    dates = [date.fromisoformat(match[1]) for match in dated if match]
    assert [after for before, after in pairwise(dates) if after < before] == []


def test_no_two_headings_are_one_target_of_links() -> None:
    assert len(anchors(PAGE)) == len(re.findall(r"^#+ ", PAGE, re.MULTILINE))


def test_no_decision_is_without_its_reason() -> None:
    bodies = re.split(r"^## .*$", PAGE, flags=re.MULTILINE)[1:]
    assert [title for title, body in zip(SECTIONS, bodies, strict=True) if len(body.split()) < 8] == []


def test_whatever_points_to_a_decision_points_to_one_that_is_there() -> None:
    pointers = {
        (path.relative_to(PROJECT_ROOT).as_posix(), section)
        for path in _sources()
        for section in POINTER.findall(path.read_text())
    }
    assert pointers
    assert {pointer for pointer in pointers if pointer[1] not in anchors(PAGE)} == set()


def _sources() -> list[Path]:
    named = [PROJECT_ROOT / place for place in PLACES]
    within = (path for place in named if place.is_dir() for path in place.rglob("*"))
    return [
        path
        for path in (*(place for place in named if place.is_file()), *within)
        if path.is_file() and (path.suffix in SUFFIXES or path.name == "Makefile")
    ]
