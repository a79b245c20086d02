"""What this version writes, earlier ones can read: after a roll-back they find every attribute that they write."""

from collections.abc import Iterable, Iterator
from typing import Any

from local.sam import PROJECT_ROOT
from tests.support.old_states import OldState
from tests.support.record_state import record

Shapes = dict[str, set[str]]


def shapes(items: Iterable[dict[str, Any]]) -> Shapes:
    """The attributes of each kind of item, with their types and the attributes in them."""
    found: Shapes = {}
    for item in items:
        # A request in flight has the name of its holder.
        sort_key = item["sk"]["S"].partition("#")[0] if "," not in item["sk"]["S"] else "flight"
        found.setdefault(f"{item['pk']['S'].partition('#')[0]} {sort_key}", set()).update(attributes(item))
    return found


def attributes(item: dict[str, Any], within: str = "") -> Iterator[str]:
    for name, typed in item.items():
        ((kind, value),) = typed.items()
        yield f"{within}{name}: {kind}"
        if kind == "M":
            yield from attributes(value, f"{within}{name}.")


def test_this_version_still_writes_what_earlier_ones_read(old_state: OldState) -> None:
    written = shapes(record(PROJECT_ROOT, "this one").items)
    for kind, names in shapes(old_state.items).items():
        assert names <= written[kind]


def test_kinds_and_attributes_are_told_apart(old_state: OldState) -> None:
    kinds = {"poll chunk", "poll cursor", "poll undated", "send flight", "send message", "send record"}
    found = shapes(old_state.items)
    assert set(found) == kinds
    assert {"owner: S", "window: NULL", "window: M", "window.uri: S"} <= found["poll cursor"]
