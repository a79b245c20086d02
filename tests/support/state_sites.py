"""Every place of the package that calls the state table, by its source; and the one that a running call comes from."""

from functools import cache
from typing import NamedTuple

from tests.support import call_sites
from tests.support.call_sites import Site
from twilio_connector.state.table import StateTable


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
        each for each in call_sites.sites() if each.gateway == StateTable.__name__ and not _is_state_s_own(each.module)
    )


def calling_place() -> Place:
    """The place that the call to DynamoDB comes from which is being made."""
    found = [
        (str(frame.f_globals.get("__name__")), frame.f_lineno, frame.f_code.co_qualname)
        for frame in call_sites.frames()
    ]
    own = [each for each in found if each[0].startswith("twilio_connector.") and not _is_state_s_own(each[0])]
    assert own, "nothing of the package has made this call"
    return Place(*own[0][:2], tuple(f"{module}.{function}" for module, _, function in own))


def site_of(place: Place) -> Site:
    """The site that *place* is at."""
    (found,) = (each for each in sites() if each.module == place.module and each.first <= place.line <= each.last)
    return found


def _is_state_s_own(module: str) -> bool:
    return module.startswith("twilio_connector.state.")
