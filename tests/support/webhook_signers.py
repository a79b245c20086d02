"""Requests signed as Twilio signs them, with the auth token or a shared key, by the validator of Twilio's own SDK."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, SIGNATURE_SETTINGS_HEADER, RequestValidator

from tests.support.webhook_requests import ACCOUNT_SID, API_URL, AUTH_TOKEN

ALGORITHMS = (HMAC_SHA1, HMAC_SHA256)
KEY_ID, KEY_SECRET = "webhooks_sharedkey_01k8", "c2hhcmVkLWtleS1zZWNyZXQ="


class _Parameters(dict[str, list[str]]):
    """Every value of each parameter, as the SDK takes them from web frameworks."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


@dataclass(frozen=True)
class Signer:
    """What Twilio signs with: the auth token, or the shared key `key_id`; *announced* is another header of settings."""

    secret: str = AUTH_TOKEN
    key_id: str | None = None
    algorithm: str = HMAC_SHA1
    announced: str | None = None

    def signature(self, url: str, form: Mapping[str, list[str]]) -> str:
        """The signature of the SDK."""
        return str(RequestValidator(self.secret).compute_signature(url, _Parameters(form), self.algorithm))

    def headers(self, url: str, form: Mapping[str, list[str]]) -> dict[str, str]:
        """What Twilio adds to a request."""
        settings = {SIGNATURE_SETTINGS_HEADER.lower(): self.settings} if self.key_id else {}
        return {"x-twilio-signature": self.signature(url, form), **settings}

    @property
    def settings(self) -> str:
        """The header that names the shared key."""
        if self.announced is not None:
            return self.announced
        return f"key={self.key_id},algorithm={self.algorithm}"

    @property
    def connection(self) -> str:
        """The secret of a connection that accepts it, which has an auth token in any case."""
        keys = {"sharedKeys": {self.key_id: self.secret}} if self.key_id else {}
        return json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN, **keys})

    def with_secret(self, secret: str) -> "Signer":
        """The same key by name and algorithm, with another secret."""
        return replace(self, secret=secret)


SHARED_KEYS = [Signer(KEY_SECRET, KEY_ID, algorithm) for algorithm in ALGORITHMS]
SIGNERS = [Signer(), *SHARED_KEYS]
SIGNER_IDS = ["token", "sha1", "sha256"]


def signed_by(signer: Signer, event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of the HTTP API, as *signer* signs what it holds."""
    url = API_URL + event["rawPath"] + (f"?{event['rawQueryString']}" if event["rawQueryString"] else "")
    form: dict[str, list[str]] = {}
    if "urlencoded" in event["headers"].get("content-type", ""):
        for name, value in parse_qsl(b64decode(event["body"]).decode(), keep_blank_values=True):
            form.setdefault(name, []).append(value)
    return {**event, "headers": {**event["headers"], **signer.headers(url, form)}}


def with_settings(event: Mapping[str, Any], settings: str | None) -> dict[str, Any]:
    """The same event with another header of settings; None: without one."""
    headers = {name: value for name, value in event["headers"].items() if "settings" not in name}
    return {
        **event,
        "headers": headers if settings is None else {**headers, SIGNATURE_SETTINGS_HEADER.lower(): settings},
    }


def secret_with(**fields: object) -> dict[str, object]:
    """A connection's secret: of the account, with *fields*."""
    return {"accountSid": ACCOUNT_SID, **fields}
