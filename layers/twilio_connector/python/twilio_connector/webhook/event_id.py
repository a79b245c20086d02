"""The id of a webhook to which Twilio gives none: a hash of its whole content.

Why: docs/decisions.md#2026-11-28-the-id-of-a-webhook-is-a-hash-of-all-that-it-says
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from twilio_connector.webhook.http_request import BODY_HASH, HttpRequest
from twilio_connector.webhook.payload import Fields, Payload, parse_query

# What varies between the repeats of one webhook, and would give each of them an id of its own. Twilio documents no such
# field. Conversations count their retries, of which a webhook may be given up to three
# (https://twilio.com/docs/libraries/reference/twilio-php/7.3.0/classes/Twilio_Rest_Chat_V2_Service_Channel_UpdateWebhookOptions.html),
# in RetryCount; the names of their events begin with "on".
RETRY_COUNT, CONVERSATION_EVENT = "RetryCount", "on"


def content_id(request: HttpRequest, payload: Payload) -> str:
    """The hash, in hex, of method, connection, query and content: equal for a repeat, else different.

    Neither the order of differently named parameters counts nor how they were escaped, nor blanks and the order of
    members in a JSON document: front doors change the former, and the event shows none of it. Headers do not count:
    intermediaries write what they add to the signed content.
    """
    said_in_url = _exact(request)
    # The hash of the body is derived from it. For a GET it represents a body that is not a document.
    query = {name: values for name, values in said_in_url.items() if name != BODY_HASH}
    if payload.is_document:
        content = ["document", query, payload.data]
    elif request.method == "GET":
        content = ["query", _without_varying(said_in_url)]
    else:
        content = ["form", query, _without_varying(payload.fields)]
    said = json.dumps([request.method, request.connection, content], sort_keys=True, separators=(",", ":"))
    return sha256(said.encode()).hexdigest()


def _exact(request: HttpRequest) -> Fields:
    """The parameters of the query string, in which even bytes that are not UTF-8 stay distinct."""
    return parse_query(request.query, errors="surrogateescape")


def _without_varying(fields: Fields) -> Mapping[str, list[str]]:
    is_conversation = any(value.startswith(CONVERSATION_EVENT) for value in fields.get("EventType", []))
    return {name: values for name, values in fields.items() if not (is_conversation and name == RETRY_COUNT)}
