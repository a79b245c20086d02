"""Every place of the package that calls the state table, by its source; and the one that a running call comes from."""

import sys
from functools import cache
from typing import NamedTuple

from tests.support import call_sites
from twilio_connector.state.table import StateTable


class Site(NamedTuple):
    """A call of the *method* in the lines *first* to *last* of a *module* of the package."""

    module: str
    method: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.module}:{self.first} {self.method}"


class Place(NamedTuple):
    """Where a call to DynamoDB comes from: the functions of the package that led to it, the nearest first."""

    module: str
    line: int
    functions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {' < '.join(name.rpartition('.')[2] for name in self.functions)}"


@cache
def sites() -> frozenset[Site]:
    """All calls of the state table's methods in the package, outside of its own."""
    return frozenset(
        Site(each.module, each.method, each.first, each.last)
        for each in call_sites.sites()
        if each.gateway == StateTable.__name__ and not _is_state_s_own(each.module)
    )


def calling_place() -> Place:
    """The place that the call to DynamoDB comes from which is being made."""
    frame, functions, nearest = sys._getframe(1), list[str](), ("", 0)
    while frame.f_back:
        frame = frame.f_back
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("twilio_connector.") and not _is_state_s_own(module):
            nearest = nearest if functions else (module, frame.f_lineno)
            functions.append(f"{module}.{frame.f_code.co_qualname}")
    assert functions, "nothing of the package has made this call"
    return Place(*nearest, tuple(functions))


def site_of(place: Place) -> Site:
    """The site that *place* is at."""
    (found,) = (each for each in sites() if each.module == place.module and each.first <= place.line <= each.last)
    return found


def _is_state_s_own(module: str) -> bool:
    return module.startswith("twilio_connector.state.")
