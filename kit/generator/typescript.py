"""Types as TypeScript writes them: interfaces."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from kit.generator.schemas import Field

HEAD = "// Made of `events/schemas/` by `make kit`: the types of version 1 of the connector's events and functions.\n\n"


class TypeScript:
    """A file of declarations."""

    scalars: ClassVar[dict[str, str]] = {
        "string": "string",
        "integer": "number",
        "boolean": "boolean",
        "null": "null",
        "any": "unknown",
    }

    def list_of(self, items: str) -> str:
        """An array."""
        return f"Array<{items}>"

    def map_of(self, values: str) -> str:
        """An object with any keys."""
        return f"Record<string, {values}>"

    def choice(self, values: Sequence[Any]) -> str:
        """One of some values."""
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in values)

    def alias(self, name: str, doc: str, type_: str) -> str:
        """The definition of another name for a type."""
        return f"{_comment(doc)}export type {name} = {type_};\n"

    def record(self, name: str, doc: str, fields: Sequence[Field]) -> str:
        """The definition of an object with these keys."""
        lines = [
            f"{_comment(each.doc, '  ')}  {_key(each.name)}{'' if each.required else '?'}: {each.type};\n"
            for each in fields
        ]
        return f"{_comment(doc)}export interface {name} {{\n{''.join(lines)}}}\n"

    def module(self, definitions: dict[str, str], events: dict[str, str]) -> str:
        """The whole file, with the events in a union."""
        union = "".join(f"\n  | {name}" for name in [*events.values(), "NewerEvent"])
        return HEAD + "\n".join([*definitions.values(), f"export type ConnectorEvent ={union};\n"])


def _comment(doc: str, indent: str = "") -> str:
    return f"{indent}/** {doc} */\n" if doc else ""


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)
