"""The examples that the pages give in JSON: calls of functions with their results, messages, events, event patterns.

``…`` marks an omission: further members of an object or a list, and the rest of a string.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.support.pages import PAGES, blocks, name_of

MORE = "…"
# What an object holds that may hold more.
AND_MORE = {MORE: None}


@dataclass(frozen=True)
class Example:
    """What a page shows in one block, or, of a call, in two: what is *given*, and what comes of it if that is *shown*.

    *format* is ``call``, ``message``, ``event`` or ``pattern``, and *job* the folder of the function that a call is to.
    """

    page: str
    heading: str
    format: str
    given: Any
    shown: Any = None
    job: str = ""

    def __str__(self) -> str:
        return f"{self.page}, {self.heading}"


def examples_of(page: str, text: str) -> list[Example]:
    """The examples of *page*, whose *text* this is.

    A call is to the function that the heading above it names, or else to the one in the page's introduction. A block
    directly beneath one shows what comes of it. Raises :class:`ValueError` for a block that is of none of the formats.
    """
    found: list[Example] = []
    for block in blocks(text):
        if block.language != "json":
            continue
        given = _parse(block.text)
        if block.beneath and found and found[-1].format == "call" and found[-1].shown is None:
            call = found.pop()
            found.append(Example(page, call.heading, "call", call.given, given, call.job))
            continue
        match given:
            case {"source": str(), "detail": dict()}:
                found.append(Example(page, block.heading, "event", given))
            case {"source": list()}:
                found.append(Example(page, block.heading, "pattern", given))
            case {"sid": str(), "accountSid": str()}:
                found.append(Example(page, block.heading, "message", given))
            case _:
                job = _function(block.heading) or _function(text.partition("\n## ")[0])
                if not job or not isinstance(given, dict):
                    raise ValueError(f"{page}, {block.heading}: neither a message, an event, a pattern nor a call")
                found.append(Example(page, block.heading, "call", given, job=job))
    return found


def examples(wanted: str) -> list[Example]:
    """All examples of the format *wanted*."""
    return [one for one in _all() if one.format == wanted]


def is_like(found: Any, shown: Any) -> bool:
    """Whether *found* is what is *shown*, but for what ``…`` leaves open and for which instant it is."""
    match shown:
        case dict() if isinstance(found, dict):
            named = {name: value for name, value in shown.items() if name != MORE}
            names_match = found.keys() >= named.keys() if MORE in shown else found.keys() == named.keys()
            return names_match and all(is_like(found[name], value) for name, value in named.items())
        case [*first, more] if more == MORE and isinstance(found, list):
            return len(found) > len(first) and all(map(is_like, found, first))
        case list() if isinstance(found, list):
            return len(found) == len(shown) and all(map(is_like, found, shown))
        case str() if shown.endswith(MORE):
            return isinstance(found, str) and found.startswith(shown.removesuffix(MORE))
    return bool(found == shown) or _form(found) == _form(shown) != ""


def _all() -> Iterator[Example]:
    for page in PAGES:
        yield from examples_of(name_of(page), page.read_text())


def _parse(text: str) -> Any:
    """The JSON of a block; in objects and lists, ``…`` becomes a member of its own."""
    return json.loads(re.sub(r", …([}\]])", lambda end: f', "{MORE}"' + (": null}" if end[1] == "}" else "]"), text))


def _function(text: str) -> str:
    """The folder of the first function that *text* names by its output: ``send_sms`` for ``SendSmsFunction``."""
    named = re.search(r"\b([A-Z]\w+)Function\b", text)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", named[1]).lower() if named else ""


def _form(value: object) -> str:
    """The digits of an instant as zeros; empty for what is none."""
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return re.sub(r"\d", "0", str(value))
