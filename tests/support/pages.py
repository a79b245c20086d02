"""The pages of the project, and the fenced blocks in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.sam import PROJECT_ROOT

PAGES = sorted(path for pattern in ("*.md", "docs/*.md", "examples/*/*.md") for path in PROJECT_ROOT.glob(pattern))

_NOT_RUN = re.compile(r"<!-- not run: .+ -->")
_HEADING = re.compile(r"#+ (.+)")
_FENCE = re.compile(r"( *)```(.*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: what is in it, in which *language*, and the *heading* above it.

    *beneath* is whether it follows another block without a line between. A block that is *not_run* has a comment
    above it that says why.
    """

    heading: str
    language: str
    text: str
    beneath: bool
    not_run: bool


def name_of(page: Path) -> str:
    """The path of *page* in the project."""
    return page.relative_to(PROJECT_ROOT).as_posix()


def anchors(text: str) -> set[str]:
    """What a link may name a section of the page by whose *text* this is."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def blocks(text: str) -> Iterator[Block]:
    """The blocks of the page whose *text* this is, in their order."""
    heading = before = ""
    lines = iter(text.splitlines())
    for line in lines:
        if title := _HEADING.fullmatch(line):
            heading = title[1]
        if fence := _FENCE.fullmatch(line):
            indent, language = fence.groups()
            end = f"{indent}```"
            # As Markdown has it: the contents of a list are not indented by it.
            inside = "".join(f"{inner.removeprefix(indent)}\n" for inner in iter(lines.__next__, end))
            yield Block(heading, language, inside, before == end, bool(_NOT_RUN.fullmatch(before)))
            before = end
        else:
            before = line
