"""The inputs of send_sms that pass to Twilio as they are: how Twilio handles a message, not what it says to whom."""

import json
import re
from collections.abc import Callable
from typing import Any

from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs, refuse_what_is_no_json
from twilio_connector.sending.parameters import PARAMETERS
from twilio_connector.strict_json import parse_json
from twilio_connector.twilio.addresses import normalize_sender
from twilio_connector.twilio.api import Parameters

MAX_ATTEMPT = 2**31 - 1
# https://www.twilio.com/docs/bulk-messaging/tags.md
MAX_TAGS, MAX_TAG_NAME, MAX_TAG_VALUE = 10, 128, 256

_APPLICATION_SID = re.compile(r"AP[0-9a-fA-F]{32}")
# Twilio's description gives it no values.
_INTENT = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Reads the input of that name, which is there; the country is that of numbers without a country code.
Reader = Callable[[Inputs, str, str], list[str]]


def option_parameters(inputs: Inputs, country: str) -> Parameters:
    """Twilio's parameters for the options among *inputs*, in a fixed order. Raises :class:`InvalidInputError`."""
    parameters = [
        (parameter, value)
        for parameter, read in OPTIONS.items()
        if (name := PARAMETERS[parameter].name) in inputs
        for value in read(inputs, name, country)
    ]
    for parameter, value in parameters:
        if (parameter, value) == ("ShortenUrls", "true") or parameter == "FallbackFrom":
            _require_service(inputs, PARAMETERS[parameter].name)
    return parameters


def json_object(inputs: Inputs, name: str) -> dict[str, Any]:
    """A JSON object, or its text. Raises :class:`InvalidInputError`, by the same rules for both."""
    value: Any = inputs.value(name)
    if isinstance(value, str):
        try:
            # As in an object, whole numbers may have any size.
            value = parse_json(value, large_integers=True)
        except ValueError as exc:
            raise InvalidInputError(f"{name} must be a JSON object; the given string cannot be parsed: {exc}.") from exc
        refuse_what_is_no_json(value, name)
    if not isinstance(value, dict):
        raise InvalidInputError(f"{name} must be a JSON object.")
    return value


def sid(value: str, form: re.Pattern[str], name: str) -> str:
    """A SID of *form*, which is two letters and 32 digits, without blanks around it."""
    if not form.fullmatch(value.strip()):
        raise InvalidInputError(f"{name} must be {form.pattern[:2]} followed by 32 hexadecimal digits.")
    return value.strip()


def _require_service(inputs: Inputs, name: str) -> None:
    if "messagingServiceSid" not in inputs:
        raise InvalidInputError(f"{name} needs a messagingServiceSid.")


def _flag(inputs: Inputs, name: str, _: str) -> list[str]:
    return ["true" if inputs.flag(name, default=False) else "false"]


def _choice(*choices: str) -> Reader:
    def read(inputs: Inputs, name: str, _: str) -> list[str]:
        given = inputs.required(name).strip().lower()
        if given not in choices:
            raise InvalidInputError(f"{name} must be {' or '.join(choices)}.")
        return [given]

    return read


def _attempt(inputs: Inputs, name: str, _: str) -> list[str]:
    return [str(inputs.number(name, 1, 1, MAX_ATTEMPT))]


def _application(inputs: Inputs, name: str, _: str) -> list[str]:
    return [sid(inputs.required(name), _APPLICATION_SID, name)]


def _intent(inputs: Inputs, name: str, _: str) -> list[str]:
    given = inputs.required(name).strip()
    if not _INTENT.fullmatch(given):
        raise InvalidInputError(f"{name} must be 1 to 64 letters, digits, underscores or hyphens.")
    return [given]


def _sender(inputs: Inputs, name: str, country: str) -> list[str]:
    return [normalize_sender(inputs.required(name).strip(), country, name)]


def _texts(inputs: Inputs, name: str, _: str) -> list[str]:
    value = inputs.value(name)
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise InvalidInputError(f"{name} must be a string or a list of strings, none of them blank.")
    return [text.strip() for text in texts]


def _tags(inputs: Inputs, name: str, _: str) -> list[str]:
    tags = json_object(inputs, name)
    if len(tags) > MAX_TAGS or not all(_is_tag(key, value) for key, value in tags.items()):
        raise InvalidInputError(
            f"{name} must be at most {MAX_TAGS} names of at most {MAX_TAG_NAME} characters, each with a text of at "
            f"most {MAX_TAG_VALUE}."
        )
    return [json.dumps(tags, sort_keys=True)]


def _is_tag(name: str, value: object) -> bool:
    return 0 < len(name) <= MAX_TAG_NAME and isinstance(value, str) and len(value) <= MAX_TAG_VALUE


OPTIONS: dict[str, Reader] = {
    "ApplicationSid": _application,
    "ProvideFeedback": _flag,
    "Attempt": _attempt,
    "ContentRetention": _choice("retain", "discard"),
    "AddressRetention": _choice("retain", "obfuscate"),
    "SmartEncoded": _flag,
    "PersistentAction": _texts,
    "TrafficType": _choice("free"),
    "ShortenUrls": _flag,
    "SendAsMms": _flag,
    "MessageIntent": _intent,
    "RiskCheck": _choice("enable", "disable"),
    "FallbackFrom": _sender,
    "Tags": _tags,
}
