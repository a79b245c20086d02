"""The kit's types are what the schemas say: whatever changes in a schema fails the check until they are made anew."""

import json
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from jsonschema import ValidationError

from kit.generator.__main__ import FILES, KIT, SCHEMAS, drift, main
from kit.generator.python import Python
from kit.generator.schemas import SchemaError, written
from local.schemas import validate_detail
from tests.support.golden_events import THIS_VERSION, versions

DETAILS = sorted(path.stem for path in SCHEMAS.glob("*.json") if "receivedAt" in path.read_text())


def test_the_types_are_those_of_the_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["--check"]), capsys.readouterr().out) == (0, "")


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A copy of the schemas, to change."""
    return Path(shutil.copytree(SCHEMAS, tmp_path / "schemas"))


def properties_in(schema: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """The ways to the properties of *schema*, at every depth."""
    for key, value in schema.items() if isinstance(schema, dict) else []:
        if key == "properties" and "not" not in path:
            yield from ((*path, key, name) for name in value)
        yield from properties_in(value, *path, key)


def renamed(text: str, path: tuple[str, ...]) -> str:
    """The schema *text* with the property at *path* under another name."""
    schema = found = json.loads(text)
    for key in path[:-2]:
        found = found[key]
    name = path[-1]
    found["properties"][f"{name}Renamed"] = found["properties"].pop(name)
    found["required"] = [f"{name}Renamed" if each == name else each for each in found.get("required", [])]
    return json.dumps(schema)


@pytest.mark.parametrize(
    ("files", "most"), [("message-*", 1), pytest.param("**/*", 1_000, marks=pytest.mark.endurance)]
)
def test_a_field_renamed_in_a_schema_fails_the_check_in_both_languages(files: str, most: int, schemas: Path) -> None:
    for file in sorted(schemas.glob(f"{files}.json")):
        original = file.read_text()
        for path in islice(properties_in(json.loads(original)), most):
            file.write_text(renamed(original, path))
            assert drift(schemas, KIT).keys() == FILES.keys(), (file, path)
        file.write_text(original)


@pytest.mark.parametrize("most", [1, pytest.param(1_000, marks=pytest.mark.endurance)])
@pytest.mark.parametrize("name", DETAILS)
def test_a_field_renamed_in_a_schema_is_not_what_the_golden_events_have(name: str, most: int, schemas: Path) -> None:
    """So making the types anew is not enough: the contract is what consumers have."""
    golden = [event for key, event in versions()[THIS_VERSION.name].items() if key.startswith(f"{name}.")]
    original = (schemas / f"{name}.json").read_text()
    for number, path in enumerate(islice(properties_in(json.loads(original)), most)):
        # Validators are kept by their folders.
        folder = Path(shutil.copytree(schemas, schemas.with_name(f"changed-{number}")))
        (folder / f"{name}.json").write_text(renamed(original, path))
        for event in golden:
            with pytest.raises(ValidationError):
                validate_detail(event["detail-type"], event["detail"], folder)


def test_the_command_says_what_drifted_and_writes_it_anew(
    schemas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kit = tmp_path / "kit"
    for name in FILES:
        (kit / name).parent.mkdir(parents=True)
        shutil.copy(KIT / name, kit / name)
    message = schemas / "message.json"
    message.write_text(renamed(message.read_text(), ("properties", "sid")))

    assert main(["--check"], schemas, kit) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in told] == [f"kit/{name}" for name in FILES]
    assert (main([], schemas, kit), main(["--check"], schemas, kit)) == (0, 0)
    assert all("sidRenamed" in (kit / name).read_text() for name in FILES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "number"}, "no way to write down type"),
        ({"oneOf": [{"type": "string"}]}, "no way to write down oneOf"),
        ({"type": "string", "dependentRequired": {}}, "no way to write down dependentRequired"),
        ({"type": "object", "patternProperties": {}}, "no way to write down patternProperties"),
        ({"type": "object", "title": "Message", "properties": {}}, "Message would be two types"),
        ({"type": "object", "properties": {}, "required": ["a"]}, "a is required and described nowhere"),
    ],
)
def test_nothing_that_a_schema_says_is_passed_over(schemas: Path, change: dict[str, Any], message: str) -> None:
    schema = json.loads((schemas / "message-received.json").read_text())
    schema["properties"]["id"] = change
    (schemas / "message-received.json").write_text(json.dumps(schema))
    with pytest.raises(SchemaError, match=message):
        written(schemas, Python())
