"""Twilio's OpenAPI documents (release 2.6.7, mostly `twilio_api_v2010`) on the resources that the sandbox has.

A table of ours: fields, types, enums and patterns, https://github.com/twilio/twilio-oai.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

Check = Callable[[Any], object]
Schema = Mapping[str, Check]


def sid(*prefixes: str) -> Check:
    """A SID of one of these kinds, or null."""
    pattern = re.compile(rf"({'|'.join(prefixes)})[0-9a-fA-F]{{32}}")
    return lambda value: value is None or (isinstance(value, str) and pattern.fullmatch(value))


def enum(*words: str) -> Check:
    """One of these words, never null."""
    return lambda value: isinstance(value, str) and value in words


def text(pattern: str = r"(?s).*") -> Check:
    """A string of a form, or null."""
    return lambda value: value is None or (isinstance(value, str) and re.fullmatch(pattern, value))


def whole(value: Any) -> bool:
    """An integer, never null."""
    return isinstance(value, int) and not isinstance(value, bool)


def integer(value: Any) -> bool:
    """An integer, or null."""
    return value is None or whole(value)


def rfc2822(value: Any) -> bool:
    """A date as the 2010 API writes it, in GMT, or null."""
    if value is None:
        return True
    if not isinstance(value, str) or not re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", value):
        return False
    return f"{parsedate_to_datetime(value):%a, %d %b %Y %H:%M:%S +0000}" == value


def uri_map(value: Any) -> bool:
    """URIs by name, or null."""
    return value is None or (isinstance(value, dict) and all(map(URI, value.values())))


def flags(*names: str) -> Check:
    """Booleans by these names, or null."""
    return lambda value: (
        value is None
        or (
            isinstance(value, dict)
            and set(value) <= set(names)
            and all(isinstance(each, bool) for each in value.values())
        )
    )


URI = text(r"/2010-04-01/\S+")
URL = text(r"|https?://\S+")
STATUSES = (
    *("queued", "sending", "sent", "failed", "delivered", "undelivered", "receiving", "received", "accepted"),
    *("scheduled", "read", "partially_delivered", "canceled"),
)
DIRECTIONS = ("inbound", "outbound-api", "outbound-call", "outbound-reply")
METHOD = text("GET|POST")

MESSAGE: Schema = {
    "account_sid": sid("AC"),
    "api_version": text(r"\d{4}-\d\d-\d\d"),
    "body": text(),
    "date_created": rfc2822,
    "date_sent": rfc2822,
    "date_updated": rfc2822,
    "direction": enum(*DIRECTIONS),
    "error_code": integer,
    "error_message": text(),
    "from": text(),
    "messaging_service_sid": sid("MG"),
    "num_media": text(r"\d+"),
    "num_segments": text(r"\d+"),
    "price": text(r"-?\d+\.\d+"),
    "price_unit": text("[A-Za-z]{3}"),
    "sid": sid("SM", "MM"),
    "status": enum(*STATUSES),
    "subresource_uris": uri_map,
    "to": text(),
    "uri": URI,
}
MEDIA: Schema = {
    "account_sid": sid("AC"),
    "content_type": text(r"\w+/[\w.+-]+"),
    "date_created": rfc2822,
    "date_updated": rfc2822,
    "parent_sid": sid("SM", "MM"),
    "sid": sid("ME"),
    "uri": URI,
}
ACCOUNT: Schema = {
    "auth_token": text(),
    "date_created": rfc2822,
    "date_updated": rfc2822,
    "friendly_name": text(),
    "owner_account_sid": sid("AC"),
    "sid": sid("AC"),
    "status": enum("active", "suspended", "closed"),
    "subresource_uris": uri_map,
    "type": enum("Trial", "Full"),
    "uri": URI,
}
# Without what only calls and emergency addresses need.
PHONE_NUMBER: Schema = {
    "account_sid": sid("AC"),
    "api_version": text(r"\d{4}-\d\d-\d\d"),
    "capabilities": flags("mms", "sms", "voice", "fax"),
    "date_created": rfc2822,
    "date_updated": rfc2822,
    "friendly_name": text(),
    "phone_number": text(r"\+\d+"),
    "sid": sid("PN"),
    "sms_application_sid": sid("AP"),
    "sms_fallback_method": METHOD,
    "sms_fallback_url": URL,
    "sms_method": METHOD,
    "sms_url": URL,
    "status": text(),
    "uri": URI,
}
# Of the document `twilio_messaging_v1`; without what has no part in webhooks.
MESSAGING_SERVICE: Schema = {
    "account_sid": sid("AC"),
    "fallback_method": METHOD,
    "fallback_url": URL,
    "friendly_name": text(),
    "inbound_method": METHOD,
    "inbound_request_url": URL,
    "sid": sid("MG"),
    "status_callback": URL,
    "url": URL,
    "use_inbound_webhook_on_number": lambda value: value is None or isinstance(value, bool),
}
PAGE: Schema = {
    "end": whole,
    "first_page_uri": lambda value: value is not None and URI(value),
    "next_page_uri": URI,
    "page": whole,
    "page_size": whole,
    "previous_page_uri": URI,
    "start": whole,
    "uri": lambda value: value is not None and URI(value),
}
# The same in the products' own APIs, which have full URLs.
META: Schema = {
    "first_page_url": lambda value: value is not None and URL(value),
    "key": lambda value: isinstance(value, str) and value,
    "next_page_url": URL,
    "page": whole,
    "page_size": whole,
    "previous_page_url": URL,
    "url": lambda value: value is not None and URL(value),
}
# Of Twilio's page on errors, since the document has no schema of them:
# https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions
ERROR: Schema = {
    "code": whole,
    "message": lambda value: isinstance(value, str) and value,
    "more_info": lambda value: value is not None and text(r"https://www\.twilio\.com/docs/errors/\d+")(value),
    "status": lambda value: whole(value) and 400 <= value < 600,
}

# The parameters of message creation whose schema says more than that they are text, each with values that break it.
_NOT_BOOLEAN, _NO_SID = ("yes", "1.0", "tru"), ("AP1", "XX" + "0" * 32, "AP" + "g" * 32)
CREATION: Mapping[str, tuple[str, ...]] = {
    "AddressRetention": ("keep", "RETAIN"),
    "ApplicationSid": _NO_SID,
    "Attempt": ("first", "1.5", "-1"),
    "ContentRetention": ("keep", "Discard"),
    "ContentSid": ("HX1", "MG" + "0" * 32),
    "ForceDelivery": _NOT_BOOLEAN,
    "MaxPrice": ("cheap", "-1", "nan"),
    "MessagingServiceSid": ("MG1", "HX" + "0" * 32),
    "ProvideFeedback": _NOT_BOOLEAN,
    "RiskCheck": ("on", "ENABLE"),
    "ScheduleType": ("soon",),
    "SendAsMms": _NOT_BOOLEAN,
    "SendAt": ("tomorrow", "2026-13-01T00:00:00Z"),
    "ShortenUrls": _NOT_BOOLEAN,
    "SmartEncoded": _NOT_BOOLEAN,
    "TrafficType": ("paid",),
    "ValidityPeriod": ("0", "36001", "1.5", "long"),
}
# The others: text, numbers and URLs.
CREATION_TEXT = frozenset(
    ("Body", "ContentVariables", "FallbackFrom", "From", "MediaUrl", "PersistentAction", "StatusCallback", "To")
)


def violations(resource: Any, schema: Schema) -> Iterator[str]:
    """What of a resource contradicts a schema: a field that is missing, one that is not Twilio's, a wrong value."""
    if not isinstance(resource, dict):
        yield f"{resource!r} is no object"
        return
    yield from (f"{name} is missing" for name in schema.keys() - resource.keys())
    yield from (f"{name} is none of Twilio's" for name in resource.keys() - schema.keys())
    yield from (
        f"{name}: {resource[name]!r}" for name in schema.keys() & resource.keys() if not schema[name](resource[name])
    )
