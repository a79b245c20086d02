"""The consumer's kit: it takes the golden events of every version, and says clearly what is not an event of ours."""

import ast
import copy
import json
import shutil
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import twilio_connector
import twilio_connector_events
from kit.generator.__main__ import KIT, SCHEMAS
from kit.generator.python import Python
from kit.generator.schemas import ENVELOPE, written
from local.schemas import validate_detail, validate_document
from tests.support.golden_events import GOLDEN, THIS_VERSION, golden_events, versions
from twilio_connector_events import EVENTS, NotAConnectorEventError, first, parse_event, parsing

VERSIONS = versions()
EVERY_EVENT = [(version, name) for version, events in VERSIONS.items() for name in events]
EVENT = VERSIONS[THIS_VERSION.name]["message-received.text"]
RECORDS = VERSIONS[THIS_VERSION.name]["new-and-updated-records.two"]


def test_what_this_version_publishes_is_what_is_written_down_of_it() -> None:
    assert VERSIONS[THIS_VERSION.name] == golden_events()


def test_of_every_detail_type_there_is_a_golden_event() -> None:
    assert {event["detail-type"] for event in VERSIONS[THIS_VERSION.name].values()} == EVENTS.keys()


@pytest.mark.parametrize(("version", "name"), EVERY_EVENT)
def test_a_golden_event_is_valid_by_the_schemas_of_its_version(version: str, name: str) -> None:
    event = VERSIONS[version][name]
    validate_document("envelope/event", event)
    kept = GOLDEN / version / "schemas"
    validate_detail(event["detail-type"], event["detail"], kept if kept.exists() else SCHEMAS)


@pytest.mark.parametrize("name", VERSIONS[THIS_VERSION.name])
def test_a_golden_event_is_parsed_into_itself(name: str) -> None:
    event = VERSIONS[THIS_VERSION.name][name]
    before = copy.deepcopy(event)
    parsed: Any = parse_event(event)
    assert parsed is event
    assert event == before


def types_of(schemas: Path) -> dict[str, type]:
    """The events of the kit that *schemas* made, by their detail-types."""
    module = types.ModuleType("kit_of_another_version")
    exec(written(schemas, Python()), vars(module))
    sys.modules[module.__name__] = module
    events: dict[str, type] = vars(module)["EVENTS"]
    return events


@pytest.fixture(params=[version for version in VERSIONS if (GOLDEN / version / "schemas").exists()])
def older_kit(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, type]:
    """The kit as it is with the schemas of an earlier version, whose parser `parse_event` is then."""
    # That version had no schema of what EventBridge does.
    schemas = shutil.copytree(GOLDEN / request.param / "schemas", tmp_path / "schemas")
    (schemas / ENVELOPE).parent.mkdir()
    shutil.copy(SCHEMAS / ENVELOPE, schemas / ENVELOPE)
    events = types_of(schemas)
    monkeypatch.setattr(parsing, "EVENTS", events)
    return events


def test_an_older_consumer_s_types_accept_what_this_version_publishes(older_kit: dict[str, type]) -> None:
    assert older_kit.keys() < EVENTS.keys()
    for event in VERSIONS[THIS_VERSION.name].values():
        parsed: Any = parse_event(event)
        assert parsed is event


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in *value* at every depth."""
    match value:
        case dict():
            yield value
            for each in value.values():
                yield from objects_in(each)
        case list():
            for each in value:
                yield from objects_in(each)


@pytest.mark.parametrize("name", VERSIONS[THIS_VERSION.name])
def test_what_a_newer_connector_adds_is_accepted(name: str) -> None:
    event = copy.deepcopy(VERSIONS[THIS_VERSION.name][name])
    for each in list(objects_in(event)):
        each["addedLater"] = "x"
    parse_event(event)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("message-status-updated.delivered", "origin", "carrier pigeon"),
        ("message-status-updated.delivered", "statusRank", 5),
    ],
)
def test_a_value_that_no_literal_names_yet_is_accepted(name: str, key: str, value: Any) -> None:
    event = copy.deepcopy(VERSIONS[THIS_VERSION.name][name])
    event["detail"][key] = value
    parse_event(event)


def test_a_detail_type_that_is_not_known_is_accepted_with_any_detail() -> None:
    event = {"source": "twilio.connector", "detail-type": "Message Translated", "detail": {"id": 1}}
    parsed: Any = parse_event(event)
    assert parsed is event
    assert parsed["detail-type"] not in EVENTS


def test_an_event_needs_no_more_than_the_pages_show_of_it() -> None:
    parse_event({key: EVENT[key] for key in ("source", "detail-type", "detail")})


def without(event: dict[str, Any], *path: str) -> dict[str, Any]:
    return changed(event, *path)


def changed(event: dict[str, Any], *path: str, **to: Any) -> dict[str, Any]:
    """*event* with what is at *path* another value, or none."""
    event = copy.deepcopy(event)
    found: Any = event
    for key in path[:-1]:
        found = found[int(key) if isinstance(found, list) else key]
    if to:
        found[path[-1]] = to["to"]
    else:
        del found[path[-1]]
    return event


CREATED = ("detail", "body", "data", "created", "1")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "An event is an object, not NoneType"),
        ([EVENT], "An event is an object, not list"),
        (json.dumps(EVENT), "Is it JSON"),
        (b"{}", "Is it JSON"),
        ({}, "Its source is not twilio.connector"),
        ({**EVENT, "source": "aws.s3"}, "Its source is not twilio.connector"),
        ({"Records": [{"body": json.dumps(EVENT)}]}, "each record's own body"),
        ({"requestPayload": EVENT}, "parse its requestPayload"),
        (EVENT["detail"], "Its source"),
        (without(EVENT, "detail-type"), "does the rule change it"),
        (without(EVENT, "detail"), "does the rule change it"),
        (changed(EVENT, "detail", to="text"), "does the rule change it"),
        (without(EVENT, "detail", "id"), "'Message Received' event of another shape: detail.id is missing"),
        (changed(EVENT, "detail", "id", to=1), "detail.id is not a text"),
        (changed(EVENT, "detail", "headers", "host", to=1), r"detail.headers.\* is not a text"),
        (changed(EVENT, "detail", "body", "data", "From", to=1), r"detail.body.data.\* is not a text or a list"),
        (changed(EVENT, "detail", "body", "data", "From", to=["x", 1]), r"detail.body.data.\* is not a text or a list"),
        (changed(EVENT, "detail", "body", to=[]), "detail.body is not an object"),
        (changed(EVENT, "resources", to=[1]), r"resources\[0\] is not a text"),
        (changed(RECORDS, *CREATED, "errorCode", to=True), r"created\[1\].errorCode is not a whole number or null"),
        (without(RECORDS, *CREATED, "sid"), r"created\[1\].sid is missing"),
        (changed(RECORDS, "detail", "polledNoChanges", to=0), "detail.polledNoChanges is not a boolean"),
    ],
)
def test_what_is_no_event_is_told_by_its_place(given: Any, message: str) -> None:
    with pytest.raises(NotAConnectorEventError, match=message):
        parse_event(given)


@pytest.mark.parametrize("name", VERSIONS[THIS_VERSION.name])
def test_no_error_tells_what_an_event_holds(name: str) -> None:
    secret = "+15550001111"
    event = VERSIONS[THIS_VERSION.name][name]
    for number, each in enumerate(objects_in(event)):
        for key in each:
            spoilt = copy.deepcopy(event)
            target = list(objects_in(spoilt))[number]
            target[secret] = target.pop(key)
            target[key] = {secret: [secret]}
            try:
                parse_event(spoilt)
            except NotAConnectorEventError as error:
                assert secret not in str(error)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, None),
        ({"From": ""}, None),
        ({"From": " ", "Sender": "a"}, "a"),
        ({"From": ["", "b", "c"]}, "b"),
        ({"From": []}, None),
        ({"From": "a", "Sender": "b"}, "a"),
    ],
)
def test_the_first_value_is_the_first_that_says_something(parameters: Any, found: str | None) -> None:
    assert first(parameters, "From", "Sender") == found


def test_the_kit_has_the_version_of_the_connector_and_needs_nothing_else() -> None:
    package = json.loads((KIT / "typescript" / "package.json").read_text())
    assert twilio_connector_events.__version__ == twilio_connector.__version__ == package["version"]
    for file in (KIT / "python" / "twilio_connector_events").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {name.partition(".")[0] for name in names}
            assert roots <= sys.stdlib_module_names | {"twilio_connector_events"}, file
