"""The JSON Schemas of the published events, in `events/schemas/`, one file per detail-type."""

import functools
import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from local.sam import PROJECT_ROOT

SCHEMAS = PROJECT_ROOT / "events" / "schemas"


def validate_detail(detail_type: str, detail: Mapping[str, Any]) -> None:
    """Checks an event's detail by the schema of its detail-type: `Message Sent` is in `message-sent.json`.

    Raises jsonschema.ValidationError, and FileNotFoundError for a detail-type without a schema.
    """
    _validator(detail_type.lower().replace(" ", "-")).validate(detail)


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    return Draft202012Validator(schema, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)


@functools.cache
def _registry() -> Registry[Any]:
    """Lets schemas refer to each other by file name."""
    files = ((path.name, json.loads(path.read_text())) for path in sorted(SCHEMAS.glob("*.json")))
    return Registry().with_resources((name, DRAFT202012.create_resource(schema)) for name, schema in files)
