"""Every place of the package that calls the state table, by its source; and the one that a running call comes from."""

import ast
import sys
from functools import cache
from typing import NamedTuple

from local.sam import PROJECT_ROOT
from twilio_connector.state.table import StateTable

SOURCE = PROJECT_ROOT / "layers" / "twilio_connector" / "python"
# The methods that call DynamoDB; `within` makes no call.
METHODS = {name for name, each in vars(StateTable).items() if callable(each) and name[0] != "_"} - {"within"}


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
    found: set[Site] = set()
    for file in sorted((SOURCE / "twilio_connector").rglob("*.py")):
        module = ".".join(file.relative_to(SOURCE).with_suffix("").parts)
        if not _is_state_s_own(module):
            found |= {
                Site(module, node.func.attr, node.lineno, node.end_lineno or node.lineno)
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.Call)
                if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
                if _is_state_table(node.func.value)
            }
    return frozenset(found)


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


def _is_state_table(node: ast.expr) -> bool:
    """Whether *node* is named as state tables are, ``state``, ``self._state``, or is one ``within`` less time."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "within":
        return _is_state_table(node.func.value)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.strip("_") == "state"
