"""The parameters of message creation whose values have a type: numbers, booleans, words, SIDs, JSON.

`creation` interprets them. Names that are not Twilio's are ignored, as by Twilio.

Vendor pages: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource,
https://www.twilio.com/docs/api/errors/35126
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from local.twilio_sandbox.errors import TwilioError

MAX_VALIDITY_SECONDS = 36_000
BAD_VALUE = 20001
BAD_SCHEDULE_TYPE = 35126

Check = Callable[[str], object]


def _words(*words: str) -> Check:
    return frozenset(words).__contains__


def _integer(least: int, most: int | None = None) -> Check:
    def check(value: str) -> bool:
        return bool(re.fullmatch(r"[0-9]{1,9}", value)) and least <= int(value) <= (most or int(value))

    return check


def _is_boolean(value: str) -> bool:
    return value.lower() in {"true", "false"}


def is_json_object(value: str) -> bool:
    """Whether a text is a JSON object."""
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False


# By name: what a value has to be, and the error code if it is not. Blank values count as absent.
_VALUES: dict[str, tuple[Check, int]] = {
    "AddressRetention": (_words("retain", "obfuscate"), BAD_VALUE),
    "ApplicationSid": (re.compile(r"AP[0-9a-fA-F]{32}").fullmatch, BAD_VALUE),
    "Attempt": (_integer(0), BAD_VALUE),
    "ContentRetention": (_words("retain", "discard"), BAD_VALUE),
    "ForceDelivery": (_is_boolean, BAD_VALUE),
    "MaxPrice": (re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?").fullmatch, BAD_VALUE),
    "ProvideFeedback": (_is_boolean, BAD_VALUE),
    "RiskCheck": (_words("enable", "disable"), BAD_VALUE),
    "ScheduleType": (_words("fixed"), BAD_SCHEDULE_TYPE),
    "SendAsMms": (_is_boolean, BAD_VALUE),
    "ShortenUrls": (_is_boolean, BAD_VALUE),
    "SmartEncoded": (_is_boolean, BAD_VALUE),
    "Tags": (is_json_object, BAD_VALUE),
    "TrafficType": (_words("free"), BAD_VALUE),
    "ValidityPeriod": (_integer(1, MAX_VALIDITY_SECONDS), BAD_VALUE),
}
CHECKED: Iterable[str] = _VALUES.keys()


def check_values(form: MultiDict[str, str]) -> None:
    """Raise 400 for the first parameter whose value is of the wrong kind."""
    for name, (is_right, code) in _VALUES.items():
        if (value := form.get(name)) and not is_right(value):
            raise TwilioError(400, code, f"{name} is invalid")


def webhook_changes(form: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form changes of the webhooks of a number or a service, by `names`; 400 for what is none.

    An empty value removes the old one; a method cannot be empty, it has to be GET or POST.
    """
    changes = {names[name]: value for name, value in form.items() if name in names}
    for name, value in changes.items():
        if name.endswith("url") and value and not re.fullmatch(r"https?://[^/\s]\S*", value):
            raise TwilioError(400, BAD_VALUE, f"{name} is not a valid URL")
        if name.endswith("method") and value not in ("GET", "POST"):
            raise TwilioError(400, BAD_VALUE, f"{name} must be GET or POST")
    return changes
