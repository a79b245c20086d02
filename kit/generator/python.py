"""Types as Python writes them: TypedDicts, formatted as the project's own code."""

import json
import keyword
import textwrap
from collections.abc import Sequence
from typing import Any, ClassVar

from kit.generator.schemas import Field

WIDTH = 120
HEAD = '''"""Made of `events/schemas/` by `make kit`: the types of version 1 of the connector's events and functions."""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
'''


class Python:
    """A module, in the order of the definitions: each follows those that it uses."""

    scalars: ClassVar[dict[str, str]] = {
        "string": "str",
        "integer": "int",
        "boolean": "bool",
        "null": "None",
        "any": "Any",
    }

    def list_of(self, items: str) -> str:
        """An array."""
        return f"list[{items}]"

    def map_of(self, values: str) -> str:
        """An object with any keys."""
        return f"dict[str, {values}]"

    def choice(self, values: Sequence[Any]) -> str:
        """One of some values."""
        return f"Literal[{', '.join(_text(each) if isinstance(each, str) else repr(each) for each in values)}]"

    def alias(self, name: str, doc: str, type_: str) -> str:
        """The definition of another name for a type."""
        return f"{_comment(doc, '')}{name}: TypeAlias = {type_}\n"

    def record(self, name: str, doc: str, fields: Sequence[Field]) -> str:
        """A class, or a call if a key is not a Python name."""
        in_class = all(each.name.isidentifier() and not keyword.iskeyword(each.name) for each in fields)
        indent = " " * (4 if in_class else 8)
        lines = []
        for each in fields:
            type_ = each.type if each.required else f"NotRequired[{each.type}]"
            line = f"{each.name}: {type_}" if in_class else f"{_text(each.name)}: {type_},"
            lines.append(f"{_comment(each.doc, indent)}{indent}{line}\n")
        if in_class:
            return f"{_comment(doc, '')}class {name}(TypedDict):\n{''.join(lines)}"
        return f"{_comment(doc, '')}{name} = TypedDict(\n    {_text(name)},\n    {{\n{''.join(lines)}    }},\n)\n"

    def module(self, definitions: dict[str, str], events: dict[str, str]) -> str:
        """The whole module, with the events in a union and by their detail-types."""
        names = "".join(f"    {_text(name)},\n" for name in ["EVENTS", *sorted([*definitions, "ConnectorEvent"])])
        union = "\n    | ".join([*events.values(), "NewerEvent"])
        by_type = "".join(f"    {_text(detail_type)}: {name},\n" for detail_type, name in events.items())
        tail = f"ConnectorEvent: TypeAlias = (\n    {union}\n)\n\nEVENTS: dict[str, type] = {{\n{by_type}}}\n"
        return HEAD + names + "]\n\n\n" + "\n\n".join([*definitions.values(), tail])


def _comment(doc: str, indent: str) -> str:
    lines = textwrap.wrap(doc, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
