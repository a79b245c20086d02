"""The inputs of send_sms, checked and turned into the parameters of Twilio's message creation.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from twilio_connector.connections.connection import DEFAULT_CONNECTION, MAX_NAME
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs, as_text
from twilio_connector.twilio.addresses import normalize_recipient, normalize_sender
from twilio_connector.twilio.api import Parameters

SEND_INPUTS = (
    "to",
    "from",
    "message",
    "messagingServiceSid",
    "mediaUrl",
    "contentSid",
    "contentVariables",
    "statusCallback",
    "sendAt",
    "validityPeriod",
    "idempotencyKey",
)
MAX_BODY = 1_600
MAX_MEDIA = 10
MAX_KEY = 256
MAX_VALIDITY = 36_000

_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


def idempotency_key(inputs: Inputs, default: str) -> str:
    """The caller's ``idempotencyKey``, else *default*."""
    key = inputs.text("idempotencyKey") or default
    if len(key) > MAX_KEY:
        raise InvalidInputError(f"idempotencyKey is longer than {MAX_KEY} characters.")
    return key


def readable_key(given: Any, default: str) -> str:
    """As :func:`idempotency_key`, for a *given* input that may be anything: the key if one can be read, else *default*.

    The outcome of a refused input is published, too, and needs an ID.
    """
    return _readable(given, "idempotencyKey", MAX_KEY, default)


def readable_connection(given: Any) -> str:
    """The connection that *given*, which may be anything, names; the default one if no name can be read."""
    return _readable(given, "connection", MAX_NAME, DEFAULT_CONNECTION)


def message_parameters(inputs: Inputs, country: str) -> Parameters:
    """Twilio's parameters for the message that *inputs* describe, in a fixed order.

    *country* is assumed for numbers without a country code. Raises :class:`InvalidInputError`.
    """
    return [
        ("To", normalize_recipient(inputs.required("to").strip(), country, "to")),
        *_sender(inputs, country),
        *_content(inputs),
        *_delivery(inputs),
    ]


def _readable(given: Any, name: str, most: int, default: str) -> str:
    value = as_text(given.get(name)) if isinstance(given, dict) else None
    return value if value and value.strip() and len(value) <= most else default


def _sender(inputs: Inputs, country: str) -> Parameters:
    sender, service = inputs.text("from"), inputs.text("messagingServiceSid")
    if (sender is None) == (service is None):
        raise InvalidInputError("Either from or messagingServiceSid is required, and not both.")
    if service:
        return [("MessagingServiceSid", _sid(service, _SERVICE_SID, "messagingServiceSid", "MG"))]
    return [("From", normalize_sender(str(sender).strip(), country, "from"))]


def _content(inputs: Inputs) -> Parameters:
    body, template, media = inputs.text("message"), inputs.text("contentSid"), _media(inputs)
    if template and (body or media):
        raise InvalidInputError("contentSid stands for the whole content: message and mediaUrl cannot go with it.")
    if "contentVariables" in inputs and not template:
        raise InvalidInputError("contentVariables need a contentSid.")
    if template:
        return [("ContentSid", _sid(template, _CONTENT_SID, "contentSid", "HX")), *_variables(inputs)]
    if not body and not media:
        raise InvalidInputError("There is nothing to send: message, mediaUrl or contentSid is required.")
    if body and len(body) > MAX_BODY:
        raise InvalidInputError(f"message has {len(body):,} characters; Twilio takes at most {MAX_BODY:,}.")
    return [*([("Body", body)] if body else []), *(("MediaUrl", url) for url in media)]


def _media(inputs: Inputs) -> list[str]:
    value = inputs.value("mediaUrl")
    if value is None:
        return []
    urls = value if isinstance(value, list) else [value]
    if len(urls) > MAX_MEDIA:
        raise InvalidInputError(f"mediaUrl holds more URLs than the {MAX_MEDIA} that Twilio takes.")
    return [_url(url, "mediaUrl") for url in urls]


def _variables(inputs: Inputs) -> Parameters:
    value: Any = inputs.value("contentVariables")
    if value is None:
        return []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise InvalidInputError("contentVariables must be a JSON object.")
    return [("ContentVariables", json.dumps(value, sort_keys=True))]


def _delivery(inputs: Inputs) -> Parameters:
    parameters = []
    if callback := inputs.text("statusCallback"):
        parameters.append(("StatusCallback", _url(callback, "statusCallback")))
    if "validityPeriod" in inputs:
        parameters.append(("ValidityPeriod", str(inputs.number("validityPeriod", MAX_VALIDITY, 1, MAX_VALIDITY))))
    if send_at := inputs.instant("sendAt"):
        if "messagingServiceSid" not in inputs:
            raise InvalidInputError("sendAt needs a messagingServiceSid.")
        parameters += [("ScheduleType", "fixed"), ("SendAt", send_at.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    return parameters


def _sid(value: str, form: re.Pattern[str], name: str, prefix: str) -> str:
    if not form.fullmatch(value.strip()):
        raise InvalidInputError(f"{name} must be {prefix} followed by 32 hexadecimal digits.")
    return value.strip()


def _url(value: object, name: str) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        parts = None
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInputError(f"{name} must be an http or https URL.")
    return str(value)
