"""The rule patterns in the project's pages, README.md first."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXAMPLE = re.compile(r"^ *(\S[^\n]*)\n+ *```json\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(r"\[([^]]*)\]\([^)]*\)|[*`]")


@dataclass(frozen=True)
class Rule:
    """An event pattern, the sentence above it, and the path of the page in the project."""

    title: str
    pattern: Mapping[str, Any]
    page: str


def read_rules(project: Path) -> list[Rule]:
    """The rules of the project's pages, in their order."""
    pages = [project / "README.md", *sorted((project / "docs").glob("*.md"))]
    return [rule for page in pages for rule in _rules_of(page, page.relative_to(project).as_posix())]


def _rules_of(page: Path, name: str) -> Iterator[Rule]:
    # Of all examples in JSON, only a pattern's `source` is a list.
    for title, example in _EXAMPLE.findall(page.read_text(encoding="utf-8")):
        try:
            pattern = json.loads(example)
        except ValueError:
            # An example that leaves something out.
            continue
        if isinstance(pattern, dict) and isinstance(pattern.get("source"), list):
            yield Rule(_MARKUP.sub(r"\1", title).strip("#-:. "), pattern, name)
