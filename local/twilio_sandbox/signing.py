"""Signing webhook requests, with the validator of Twilio's own SDK.

Vendor pages: https://www.twilio.com/docs/usage/security#validating-requests,
https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator

from local.twilio_sandbox.account import SharedKey

_UNESCAPED_BY_SIGNER = {"%27": "'", "%40": "@", "%3A": ":"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook request that is due: parameters, or a JSON document, for a configured URL.

    The URL is as the user configured it: its fragment holds connection overrides.
    """

    url: str
    method: str = "POST"
    params: Mapping[str, str] = field(default_factory=dict)
    document: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A webhook request as it is sent."""

    url: str
    """Without user information and fragment."""
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """How a webhook's content travels: in the query or the body, and as signed parameters or not."""

    query: str = ""
    body: bytes = b""
    content_type: str | None = None
    signed_params: Mapping[str, str] = field(default_factory=dict)


def sign(
    webhook: Webhook, auth_token: str, idempotency_token: str, shared_key: SharedKey | None = None
) -> SignedRequest:
    """Sign a webhook request with the account's auth token, or with the shared key of a Webhook Rule.

    Forms are signed with their parameters. The parameters of a GET are part of its URL, and a JSON
    document is represented there by its hash; both are signed by URL alone.
    """
    content = _content_of(webhook)
    parts = _without_user_info(urlsplit(webhook.url))
    parts = parts._replace(query="&".join(filter(None, (parts.query, content.query))), fragment="")
    headers = {
        "Accept": "*/*",
        "User-Agent": "TwilioProxy/1.1",
        **_signature_headers(_signed_url(parts), content.signed_params, auth_token, shared_key),
        "I-Twilio-Idempotency-Token": idempotency_token,
    }
    if content.content_type:
        headers["Content-Type"] = content.content_type
    if user_info := urlsplit(webhook.url).netloc.rpartition("@")[0]:
        headers["Authorization"] = f"Basic {b64encode(unquote(user_info).encode()).decode()}"
    return SignedRequest(url=_requested_url(parts), body=content.body, headers=headers)


def _signature_headers(
    url: str, params: Mapping[str, str], auth_token: str, shared_key: SharedKey | None
) -> dict[str, str]:
    if not shared_key:
        return {"X-Twilio-Signature": RequestValidator(auth_token).compute_signature(url, params)}
    signature = RequestValidator(shared_key.secret).compute_signature(url, params, shared_key.algorithm)
    settings = f"key={shared_key.id},algorithm={shared_key.algorithm}"
    return {"X-Twilio-Signature": signature, SIGNATURE_SETTINGS_HEADER: settings}


def _content_of(webhook: Webhook) -> _Content:
    if webhook.document is not None:
        body = json.dumps(webhook.document).encode()
        body_hash = urlencode({"bodySHA256": sha256(body).hexdigest()})
        return _Content(query=body_hash, body=body, content_type="application/json")
    form = urlencode(webhook.params)
    if webhook.method == "GET":
        return _Content(query=form)
    return _Content(
        body=form.encode(),
        content_type="application/x-www-form-urlencoded; charset=UTF-8",
        signed_params=webhook.params,
    )


def _without_user_info(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])


def _requested_url(parts: SplitResult) -> str:
    """Return the URL with the characters escaped that Twilio's client escapes in a query."""
    query = parts.query
    for escaped, character in _UNESCAPED_BY_SIGNER.items():
        query = query.replace(character, escaped)
    return parts._replace(query=query).geturl()


def _signed_url(parts: SplitResult) -> str:
    """Return the URL as Twilio's signer writes it: the same characters, not escaped."""
    query = parts.query
    for escaped, character in _UNESCAPED_BY_SIGNER.items():
        query = query.replace(escaped, character)
    return parts._replace(query=query).geturl()
