"""Every parameter of message creation that Twilio's SDK knows is an input, or has a reason; what a list shows of it."""

import inspect
import re
from typing import Any

import pytest
from twilio.rest.api.v2010.account.message import MessageList

from local.sam import PROJECT_ROOT
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.sending.inputs import SEND_INPUTS, message_parameters
from twilio_connector.sending.options import OPTIONS
from twilio_connector.sending.parameters import (
    ANY,
    NOT_INPUTS,
    PARAMETERS,
    TRIAL_PREFIX,
    recognisable_text,
)

SERVICE, APPLICATION = "MG" + "0" * 32, "AP" + "0" * 32
PLAIN = {"to": "+15551234567", "from": "+15555551234", "message": "Hello"}
# By parameter: what is taken, and what Twilio then gets.
TAKEN: dict[str, list[tuple[Any, list[str]]]] = {
    "ApplicationSid": [(f" {APPLICATION} ", [APPLICATION])],
    "ProvideFeedback": [(True, ["true"]), ("FALSE", ["false"])],
    "Attempt": [(1, ["1"]), ("3", ["3"]), (2.0, ["2"]), (2**31 - 1, ["2147483647"])],
    "ContentRetention": [("retain", ["retain"]), ("Discard", ["discard"])],
    "AddressRetention": [("retain", ["retain"]), (" obfuscate", ["obfuscate"])],
    "SmartEncoded": [(True, ["true"]), ("false", ["false"])],
    "PersistentAction": [("geo:37.7,-122.4|Here", ["geo:37.7,-122.4|Here"]), (["a", " b "], ["a", "b"])],
    "TrafficType": [("free", ["free"])],
    "ShortenUrls": [(True, ["true"]), (False, ["false"])],
    "SendAsMms": [("true", ["true"])],
    "MessageIntent": [("otp", ["otp"]), ("customer_care", ["customer_care"])],
    "RiskCheck": [("enable", ["enable"]), ("disable", ["disable"])],
    "FallbackFrom": [("5555551234", ["+15555551234"]), ("12345", ["12345"])],
    "Tags": [({"b": "2", "a": "1"}, ['{"a": "1", "b": "2"}']), ('{"a":"1"}', ['{"a": "1"}']), ({}, ["{}"])],
}
REFUSED: dict[str, list[Any]] = {
    "ApplicationSid": ["AP1", SERVICE, 5],
    "ProvideFeedback": ["yes", 1, []],
    "Attempt": [0, -1, 1.5, "first", 2**31, True],
    "ContentRetention": ["delete", True],
    "AddressRetention": ["discard", 0],
    "SmartEncoded": ["on", {}],
    "PersistentAction": [5, [""], [None], {}],
    "TrafficType": ["paid"],
    "ShortenUrls": ["1"],
    "SendAsMms": [2],
    "MessageIntent": ["one time", "x" * 65, True],
    "RiskCheck": ["skip", True],
    "FallbackFrom": ["not a possible sender", False],
    "Tags": [["a"], "a", {"a": 1}, {"": "a"}, {"a": "x" * 257}, {"x" * 129: "a"}, {str(n): "" for n in range(11)}],
}


def given(parameter: str, value: Any) -> dict[str, Any]:
    return {**PLAIN, "messagingServiceSid": SERVICE, PARAMETERS[parameter].name: value}


def parameters(event: dict[str, Any]) -> list[tuple[str, str]]:
    return list(message_parameters(Inputs(event, SEND_INPUTS), "US"))


def test_every_parameter_of_twilio_s_sdk_is_an_input_or_has_a_reason() -> None:
    names = set(inspect.signature(MessageList.create).parameters) - {"self"}
    known = {"".join(part.capitalize() for part in name.rstrip("_").split("_")) for name in names}
    assert len(known) >= 25
    # Twilio's pages know tags, the SDK does not yet.
    assert known | {"Tags"} == PARAMETERS.keys() | NOT_INPUTS.keys()
    assert not PARAMETERS.keys() & NOT_INPUTS.keys()
    assert all(NOT_INPUTS.values())


def test_inputs_are_called_as_the_parameters_are_in_camel_case_but_for_the_text() -> None:
    names = {name: parameter.name for name, parameter in PARAMETERS.items()}
    assert names.pop("Body") == "message"
    assert all(name == parameter[0].lower() + parameter[1:] for parameter, name in names.items())
    assert set(SEND_INPUTS) == {*names.values(), "message", "idempotencyKey"}


def test_the_cases_cover_every_option() -> None:
    assert TAKEN.keys() == REFUSED.keys() == OPTIONS.keys()


@pytest.mark.parametrize(
    ("parameter", "number"), [(name, number) for name, values in TAKEN.items() for number in range(len(values))]
)
def test_an_option_reaches_twilio_as_it_takes_it(parameter: str, number: int) -> None:
    value, expected = TAKEN[parameter][number]
    assert [(name, each) for name, each in parameters(given(parameter, value)) if name == parameter] == [
        (parameter, each) for each in expected
    ]


@pytest.mark.parametrize(
    ("parameter", "number"), [(name, number) for name, values in REFUSED.items() for number in range(len(values))]
)
def test_an_option_that_twilio_would_not_take_is_refused_by_name(parameter: str, number: int) -> None:
    with pytest.raises(InvalidInputError, match=f"^{PARAMETERS[parameter].name} "):
        parameters(given(parameter, REFUSED[parameter][number]))


@pytest.mark.parametrize("parameter", OPTIONS)
def test_an_option_that_is_blank_or_null_is_absent(parameter: str) -> None:
    for value in (None, " "):
        assert parameter not in dict(parameters(given(parameter, value)))


@pytest.mark.parametrize(("parameter", "value"), [("ShortenUrls", True), ("FallbackFrom", "+15555551234")])
def test_what_a_messaging_service_does_needs_one(parameter: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=f"^{PARAMETERS[parameter].name} needs a messagingServiceSid"):
        parameters(PLAIN | {PARAMETERS[parameter].name: value})


@pytest.mark.parametrize(
    ("parameter", "number"), [(name, number) for name, values in TAKEN.items() for number in range(len(values))]
)
def test_a_message_is_recognised_unless_the_table_says_that_this_value_hides_it(parameter: str, number: int) -> None:
    value, sent = TAKEN[parameter][number]
    hides = PARAMETERS[parameter].hides
    text = recognisable_text(parameters(given(parameter, value)))
    assert (text is None) is (hides == ANY or bool(hides & set(sent)))
    assert text in (None, "Hello")


@pytest.mark.parametrize(
    "parameter", ["ShortenUrls", "SmartEncoded", "ContentRetention", "AddressRetention", "ContentSid"]
)
def test_what_twilio_lists_otherwise_is_said_to_be(parameter: str) -> None:
    assert PARAMETERS[parameter].hides


def test_a_template_with_a_fallback_text_cannot_be_recognised_and_media_alone_neither() -> None:
    template = {"contentSid": "HX" + "0" * 32, "mediaUrl": "https://example.com/a.png"}
    sent = parameters(PLAIN | template)
    assert [name for name, _ in sent] == ["To", "From", "ContentSid", "Body", "MediaUrl"]
    assert recognisable_text(sent) is None
    assert recognisable_text(parameters(PLAIN | {"message": "", "mediaUrl": "https://example.com/a.png"})) is None


def test_texts_that_a_list_may_show_alike_are_one() -> None:
    assert recognisable_text([("To", "a"), ("Body", TRIAL_PREFIX + "Hello")]) == "Hello"


def test_the_page_has_the_table() -> None:
    page = (PROJECT_ROOT / "docs" / "sending.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+) \| (.*) \|$", page, re.MULTILINE)
    told = {
        name: (given, shown, set(re.findall(r"`(\w+)`", hides)), "always" in hides)
        for name, given, shown, hides in rows
    }
    assert told == {
        name: (each.name, each.shown, set() if each.hides == ANY else set(each.hides), each.hides == ANY)
        for name, each in PARAMETERS.items()
    }
    assert all(f"`{name}` ({reason})" in page for name, reason in NOT_INPUTS.items())
