"""The inputs of send_sms, checked and turned into the parameters of Twilio's message creation.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

import json
import re
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from twilio_connector.connections.connection import DEFAULT_CONNECTION, MAX_NAME
from twilio_connector.errors import InvalidInputError
from twilio_connector.invocation.inputs import Inputs, as_text
from twilio_connector.sending.options import json_object, option_parameters, sid
from twilio_connector.sending.parameters import PARAMETERS
from twilio_connector.twilio.addresses import normalize_recipient, normalize_sender
from twilio_connector.twilio.api import Parameters

SEND_INPUTS = (*(parameter.name for parameter in PARAMETERS.values()), "idempotencyKey")
MAX_BODY = 1_600
MAX_MEDIA = 10
MAX_KEY = 256
MAX_VALIDITY = 36_000

_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


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
        *option_parameters(inputs, country),
    ]


def as_written(inputs: Inputs, parameters: Parameters) -> Parameters:
    """*parameters*, which were made of *inputs*, with their URLs as they were written, blanks around them included.

    Version 1.0 sent them so, and the fingerprint of an input stays what it was.
    """
    media = inputs.value("mediaUrl")
    written = {
        "MediaUrl": iter(media if isinstance(media, list) else [media]),
        "StatusCallback": iter([inputs.value("statusCallback")]),
    }
    return [(name, next(written[name]) if name in written else value) for name, value in parameters]


def _readable(given: Any, name: str, most: int, default: str) -> str:
    value = as_text(given.get(name)) if isinstance(given, dict) else None
    return value if value and value.strip() and len(value) <= most else default


def _sender(inputs: Inputs, country: str) -> Parameters:
    sender, service = inputs.text("from"), inputs.text("messagingServiceSid")
    if sender is None and service is None:
        raise InvalidInputError("from or messagingServiceSid is required.")
    parameters = []
    if service:
        parameters.append(("MessagingServiceSid", sid(service, _SERVICE_SID, "messagingServiceSid")))
    if sender:
        parameters.append(("From", normalize_sender(sender.strip(), country, "from")))
    return parameters


def _content(inputs: Inputs) -> Parameters:
    body, template, media = inputs.text("message"), inputs.text("contentSid"), _media(inputs)
    if "contentVariables" in inputs and not template:
        raise InvalidInputError("contentVariables need a contentSid.")
    if not body and not media and not template:
        raise InvalidInputError("There is nothing to send: message, mediaUrl or contentSid is required.")
    if body and len(body) > MAX_BODY:
        raise InvalidInputError(f"message has {len(body):,} characters; Twilio takes at most {MAX_BODY:,}.")
    return [
        *([("ContentSid", sid(template, _CONTENT_SID, "contentSid")), *_variables(inputs)] if template else []),
        *([("Body", body)] if body else []),
        *(("MediaUrl", url) for url in media),
    ]


def _media(inputs: Inputs) -> list[str]:
    value = inputs.value("mediaUrl")
    if value is None:
        return []
    urls = value if isinstance(value, list) else [value]
    if len(urls) > MAX_MEDIA:
        raise InvalidInputError(f"mediaUrl holds more URLs than the {MAX_MEDIA} that Twilio takes.")
    return [_url(url, "mediaUrl") for url in urls]


def _variables(inputs: Inputs) -> Parameters:
    if "contentVariables" not in inputs:
        return []
    return [("ContentVariables", json.dumps(json_object(inputs, "contentVariables"), sort_keys=True))]


def _delivery(inputs: Inputs) -> Parameters:
    parameters = []
    if callback := inputs.text("statusCallback"):
        parameters.append(("StatusCallback", _callback(callback)))
    if "validityPeriod" in inputs:
        parameters.append(("ValidityPeriod", str(inputs.number("validityPeriod", MAX_VALIDITY, 1, MAX_VALIDITY))))
    if send_at := inputs.instant("sendAt"):
        if "messagingServiceSid" not in inputs:
            raise InvalidInputError("sendAt needs a messagingServiceSid.")
        parameters += [("ScheduleType", "fixed"), ("SendAt", send_at.strftime("%Y-%m-%dT%H:%M:%SZ"))]
    return parameters


def _callback(given: str) -> str:
    url = _url(given, "statusCallback")
    # As a resolver of the host reads it: an underscore may be escaped, or look like one.
    if "_" in normalize("NFKC", unquote(urlsplit(url).hostname or "")):
        raise InvalidInputError("statusCallback has an underscore in its host, which Twilio does not take.")
    return url


def _url(value: object, name: str) -> str:
    url = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInputError(f"{name} must be an http or https URL.")
    if _NOT_IN_URLS.search(url):
        raise InvalidInputError(f"{name} holds blanks or control characters: percent-encode them.")
    return url
