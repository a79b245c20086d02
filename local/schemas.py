"""The JSON Schemas in `events/schemas/`: one file per detail-type, and those of the functions' inputs and results."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from local.sam import PROJECT_ROOT

SCHEMAS = PROJECT_ROOT / "events" / "schemas"


def validate_detail(detail_type: str, detail: Mapping[str, Any], schemas: Path = SCHEMAS) -> None:
    """Checks an event's detail by the schema of its detail-type: `Message Sent` is in `message-sent.json`.

    Raises jsonschema.ValidationError, and FileNotFoundError for a detail-type without a schema.
    """
    _validator(detail_type.lower().replace(" ", "-"), schemas).validate(detail)


def validate_document(name: str, document: Any) -> None:
    """Checks anything by the schema of that *name*, `inputs/send-sms`, say. Raises as validate_detail."""
    _validator(name, SCHEMAS).validate(document)


@functools.cache
def _validator(name: str, schemas: Path) -> Draft202012Validator:
    schema = json.loads((schemas / f"{name}.json").read_text())
    registry = _registry(schemas)
    return Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


@functools.cache
def _registry(schemas: Path) -> Registry[Any]:
    """Lets schemas refer to each other by file name."""
    files = ((path.relative_to(schemas), json.loads(path.read_text())) for path in sorted(schemas.rglob("*.json")))
    return Registry().with_resources((name.as_posix(), DRAFT202012.create_resource(schema)) for name, schema in files)
