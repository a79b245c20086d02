"""The inputs that the kit has types for are those that the functions take: all of them, and no other."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import twilio_connector_events as kit
from kit.generator.__main__ import SCHEMAS
from operations.doctor.code import FUNCTIONS
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.polling.inputs import PollInputs
from twilio_connector.raw_request.request import METHODS, raw_request
from twilio_connector.raw_request.response import RESPONSE_TYPES
from twilio_connector.reading.get_sms import get_sms
from twilio_connector.reading.list_messages import list_messages
from twilio_connector.reading.select_message import select_message
from twilio_connector.reconciling.inputs import ReconcileInputs
from twilio_connector.sending.inputs import MAX_BODY, MAX_KEY, MAX_MEDIA, MAX_VALIDITY, SEND_INPUTS
from twilio_connector.sending.options import option_parameters
from twilio_connector.updating.update_message import CHANGES, update_message


def unreachable(connection: str) -> Any:
    """The Twilio client, which a refused input never asks for."""
    raise AssertionError(connection)


# What reads the input of each function, by the name of its schema.
READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "get-sms": lambda given: get_sms(given, unreachable),
    "list-messages": lambda given: list_messages(given, unreachable),
    "poll": PollInputs.parse,
    "raw-request": lambda given: raw_request(given, unreachable),
    "reconcile": ReconcileInputs.parse,
    "select-message": lambda given: select_message(given, unreachable),
    "send-sms": lambda given: Inputs(given, SEND_INPUTS),
    "update-message": lambda given: update_message(given, unreachable),
}


def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return read


def refusal(name: str, given: dict[str, Any]) -> str:
    with pytest.raises(InvalidInputError) as refused:
        READERS[name](given)
    return str(refused.value)


def test_every_function_that_is_called_has_an_input_and_a_result() -> None:
    called = {job.replace("_", "-") for job in FUNCTIONS} - {"webhook", "redeliver"}
    for kind in ("inputs", "results"):
        assert {path.stem for path in (SCHEMAS / kind).iterdir()} == called == READERS.keys()


@pytest.mark.parametrize("name", READERS)
def test_the_schema_has_the_inputs_that_the_function_takes(name: str) -> None:
    (allowed,) = re.findall(r"allowed are (.*)\.$", refusal(name, {"nonsense": 1}))
    assert set(allowed.split(", ")) == schema(f"inputs/{name}")["properties"].keys()


@pytest.mark.parametrize("name", ["get-sms", "raw-request", "update-message"])
def test_what_the_schema_requires_is_what_the_function_asks_for(name: str) -> None:
    given: dict[str, Any] = {}
    for required in schema(f"inputs/{name}")["required"]:
        assert refusal(name, given) == f"{required} is required."
        given[required] = "SM" + "0" * 32


def test_the_schema_of_a_send_has_the_limits_of_its_code() -> None:
    properties = schema("inputs/send-sms")["properties"]
    assert properties["message"]["maxLength"] == MAX_BODY
    assert properties["idempotencyKey"]["maxLength"] == MAX_KEY
    assert properties["validityPeriod"]["maximum"] == MAX_VALIDITY
    assert properties["mediaUrl"]["anyOf"][1]["maxItems"] == MAX_MEDIA


def test_the_choices_of_the_schemas_are_those_of_the_code() -> None:
    raw = schema("inputs/raw-request")["properties"]
    assert (set(raw["method"]["enum"]), set(raw["responseType"]["enum"])) == (set(METHODS), set(RESPONSE_TYPES))
    assert schema("inputs/update-message")["properties"]["action"]["enum"] == list(CHANGES)
    choices = {name: each["enum"] for name, each in schema("inputs/send-sms")["properties"].items() if "enum" in each}
    assert len(choices) == 4
    for name, values in choices.items():
        with pytest.raises(InvalidInputError, match=f"^{name} must be {' or '.join(values)}.$"):
            option_parameters(Inputs({name: "nonsense"}, SEND_INPUTS), "US")


def test_a_type_has_the_keys_of_its_schema() -> None:
    assert kit.SendSmsInput.__required_keys__ == {"to"}
    assert kit.SendSmsInput.__optional_keys__ == schema("inputs/send-sms")["properties"].keys() - {"to"}
    assert kit.PollResult.__required_keys__ == schema("results/poll")["properties"].keys()
