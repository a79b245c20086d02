"""Reads the schemas into the few kinds of types that both languages have."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

# Keywords that restrict a value more than types can express. Any other keyword is read, or is an error.
BEYOND_TYPES = frozenset(
    [
        *("$schema", "$id", "$defs", "title", "description", "format", "pattern", "minLength", "maxLength"),
        *("minItems", "maxItems", "minimum", "maximum", "propertyNames", "additionalProperties", "not"),
    ]
)
# What EventBridge puts around a detail.
ENVELOPE = "envelope/event.json"
# The detail-type that type checkers see for an event that this version does not know.
NEWER = "(of a newer connector)"
NEWER_DOC = (
    "Of a detail-type that this version does not know. At run time it holds what the connector wrote. Type checkers "
    "see this placeholder, which differs from all other detail-types. Do not compare anything with it."
)


class SchemaError(ValueError):
    """A schema says something that these types cannot express; the message names the place."""


class Field(NamedTuple):
    """A key of a record, with its type as the language writes it."""

    name: str
    type: str
    required: bool
    doc: str


class Language(Protocol):
    """How types are written."""

    scalars: ClassVar[dict[str, str]]

    def list_of(self, items: str) -> str:
        """An array."""

    def map_of(self, values: str) -> str:
        """An object with any keys."""

    def choice(self, values: Sequence[Any]) -> str:
        """One of some values."""

    def alias(self, name: str, doc: str, type_: str) -> str:
        """The definition of another name for a type."""

    def record(self, name: str, doc: str, fields: Sequence[Field]) -> str:
        """The definition of an object with these keys."""

    def module(self, definitions: dict[str, str], events: dict[str, str]) -> str:
        """All definitions by name, and the name of each detail-type's event; for an unknown one it is NewerEvent."""


def written(folder: Path, language: Language) -> str:
    """The types of all schemas in *folder* and in those below it. Raises SchemaError."""
    return Schemas(folder, language).module()


class Schemas:
    """The schemas of a folder, by their paths in it, and what has been defined of them so far."""

    def __init__(self, folder: Path, language: Language) -> None:
        self.schemas = {
            file.relative_to(folder).as_posix(): json.loads(file.read_text()) for file in folder.rglob("*.json")
        }
        self.language = language
        self.definitions: dict[str, str] = {}

    def module(self) -> str:
        """The whole module."""
        events = {}
        for file in sorted(self.schemas, key=lambda name: ("/" in name, name)):
            schema = self.schemas[file]
            if "receivedAt" in schema.get("properties", {}):
                name = _pascal(schema["title"])
                detail = self.record(file, schema, f"{name}Detail", name)
                events[schema["title"]] = self.event(f"{name}Event", schema["title"], detail, schema["description"])
            elif "properties" in schema and file != ENVELOPE:
                self.record(file, schema, _pascal(schema["title"]), _pascal(schema["title"]))
        self.event("NewerEvent", NEWER, self.language.map_of(self.language.scalars["any"]), NEWER_DOC)
        return self.language.module(self.definitions, events)

    def define(self, name: str, definition: str) -> str:
        """*name*, reserved for one type. Raises SchemaError if another type has it."""
        if self.definitions.setdefault(name, definition) != definition:
            raise SchemaError(f"{name} would be two types: give one of them a title of its own")
        return name

    def event(self, name: str, detail_type: str, detail: str, doc: str) -> str:
        """The type of an event: what EventBridge puts around the detail is the same for all."""
        own = {"detail-type": self.language.choice([detail_type]), "detail": detail}
        fields = [
            field._replace(type=own[field.name], doc="") if field.name in own else field
            for field in self.fields(ENVELOPE, self.schemas[ENVELOPE], "Event")
        ]
        return self.define(name, self.language.record(name, doc, fields))

    def record(self, file: str, schema: dict[str, Any], name: str, prefix: str) -> str:
        """The type of an object with known keys; *prefix* begins the names of those in it."""
        fields = self.fields(file, schema, prefix)
        return self.define(name, self.language.record(name, schema.get("description", ""), fields))

    def fields(self, file: str, schema: dict[str, Any], prefix: str) -> list[Field]:
        """The keys of an object."""
        properties, required = schema["properties"], schema.get("required", [])
        if unknown := set(required) - properties.keys():
            raise SchemaError(f"{file}: {', '.join(sorted(unknown))} is required and described nowhere")
        return [
            Field(name, self.type(file, value, prefix + _pascal(name)), name in required, value.get("description", ""))
            for name, value in properties.items()
        ]

    def type(self, file: str, schema: dict[str, Any], name: str) -> str:
        """The type of *schema*, which gets *name* if it needs a name and has no title."""
        language, keywords = self.language, schema.keys() - BEYOND_TYPES
        match schema:
            case {"$ref": str(target)} if keywords == {"$ref"}:
                return self.ref(file, target)
            case {"allOf": [{"$ref": str(target)}]} if keywords <= {"allOf", "anyOf", "required"}:
                # The rest of it says which keys a map has to have, which no type can express.
                return self.ref(file, target)
            case {"anyOf": list(members)} if keywords == {"anyOf"}:
                return " | ".join(self.type(file, each, name) for each in members)
            case {"const": value} if keywords == {"const"}:
                return language.choice([value])
            case {"enum": list(values)} if keywords == {"enum"}:
                return language.choice(values)
            case {"type": list(kinds)}:
                return " | ".join(self.type(file, {**schema, "type": kind}, name) for kind in kinds)
            case {"type": str(kind)} if keywords == {"type"} and kind in language.scalars:
                return language.scalars[kind]
            case {"type": "array"} if keywords <= {"type", "items"}:
                return language.list_of(self.type(file, schema.get("items", {}), name))
            case {"type": "object", "properties": dict()} if keywords <= {"type", "properties", "required"}:
                called = _pascal(schema["title"]) if "title" in schema else name
                return self.record(file, schema, called, name.removesuffix("Data").removesuffix("Body"))
            case {"type": "object"} if keywords == {"type"}:
                # additionalProperties: false comes only with known keys, and true adds nothing.
                described = schema.get("additionalProperties", {})
                return language.map_of(self.type(file, described if isinstance(described, dict) else {}, name))
            case _ if not keywords:
                return language.scalars["any"]
        raise SchemaError(f"{file}: {name}: there is no way to write down {', '.join(sorted(keywords))}")

    def ref(self, file: str, target: str) -> str:
        """The type that a schema in *file* refers to: another file's, or one of its definitions."""
        path, _, name = target.partition("#/$defs/")
        # Files are at most one folder deep.
        other = path.removeprefix("../") if path.startswith("../") else (Path(file).parent / path).as_posix()
        schema = self.schemas[other]["$defs"][name] if name else self.schemas[other]
        if name:
            alias = self.language.alias(_pascal(name), schema.get("description", ""), self.type(other, schema, name))
            return self.define(_pascal(name), alias)
        return self.record(other, schema, _pascal(schema["title"]), _pascal(schema["title"]))


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))
