"""Webhook Rules and Settings, a public beta: how Twilio would sign and repeat webhooks by their URL; and test webhooks.

https://www.twilio.com/docs/usage/webhooks/webhook-rules, .../webhook-settings and .../webhook-testing. Here they are
listed and tested; webhooks of messages obey `Account.make_webhook_rule` alone. An account without the beta answers
404.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5

from flask import Flask, Response, request

from local.twilio_sandbox.account import Account, SharedKey
from local.twilio_sandbox.answers import json_answer
from local.twilio_sandbox.callbacks import CallbackSender
from local.twilio_sandbox.errors import TwilioError, not_found
from local.twilio_sandbox.signing import SignedRequest, Webhook, sign

_PATH = "/v1/Webhooks"
_MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class WebhookSetting:
    """A Setting: the shared key that signs (None: the auth token), and which failures are repeated how often."""

    name: str
    shared_key_id: str | None = None
    algorithm: str = "HMAC_SHA256"
    retry_count: int = 0
    retry_on: Sequence[str] = ()
    type: str = "CUSTOMER"

    @property
    def id(self) -> str:
        """The identifier, always the same for a name."""
        return f"webhooks_setting_{_suffix(self.name)}"

    def resource(self) -> dict[str, object]:
        """Return the resource, without authentication and edge zones."""
        signature = {"type": "SHARED_KEY", "sharedKeyId": self.shared_key_id, "algorithm": self.algorithm}
        return {
            "id": self.id,
            "type": self.type,
            "friendlyName": self.name,
            "signature": signature if self.shared_key_id else None,
            "connection": {"retryPolicy": {"retryCount": self.retry_count, "retryOn": list(self.retry_on)}},
        }


@dataclass(frozen=True)
class WebhookRule:
    """A Rule: `EXACT_MATCH` of a URL, `PREFIX_MATCH` of its beginning, or `DEFAULT`, and one Setting or two."""

    match_type: str
    url: str = ""
    settings: Sequence[WebhookSetting] = ()

    @property
    def id(self) -> str:
        """The identifier, always the same for what is matched."""
        return f"webhooks_rule_{_suffix(self.match_type + self.url)}"

    def resource(self) -> dict[str, object]:
        """Return the resource."""
        matched = {"EXACT_MATCH": "value", "PREFIX_MATCH": "prefix"}.get(self.match_type)
        share = 100 // max(len(self.settings), 1)
        return {
            "id": self.id,
            "friendlyName": "",
            "matchType": self.match_type,
            **({matched: self.url} if matched else {}),
            "settings": [{"settingId": setting.id, "percentage": share} for setting in self.settings],
        }


@dataclass
class WebhookConfiguration:
    """The account's Rules, further Settings, and the secrets of its shared keys by ID; *open* if it has the beta."""

    open: bool = False
    rules: list[WebhookRule] = field(default_factory=list)
    further_settings: list[WebhookSetting] = field(default_factory=list)
    shared_keys: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def settings(self) -> list[WebhookSetting]:
        """All Settings, each once."""
        of_rules = [setting for rule in self.rules for setting in rule.settings]
        return list(dict.fromkeys([*of_rules, *self.further_settings]))


def add_rule_routes(
    app: Flask, account: Account, configuration: WebhookConfiguration, callbacks: CallbackSender
) -> None:
    """List Rules and Settings, and deliver test webhooks."""

    def page(key: str, resources: Sequence[Mapping[str, object]]) -> Response:
        if not configuration.open:
            raise not_found(request.path)
        size = min(request.args.get("pageSize", 50, type=int), _MAX_PAGE_SIZE)
        start = request.args.get("pageToken", 0, type=int)
        following = str(start + size) if start + size < len(resources) else None
        meta = {"key": key, "pageSize": size, "nextToken": following, "previousToken": None}
        return json_answer({"meta": meta, key: list(resources[start : start + size])})

    def setting_of(setting_id: object) -> WebhookSetting:
        for setting in configuration.settings if configuration.open else ():
            if setting.id == setting_id:
                return setting
        raise not_found(request.path)

    @app.get(f"{_PATH}/Rules")
    def list_rules() -> Response:
        return page("rules", [rule.resource() for rule in configuration.rules])

    @app.get(f"{_PATH}/Settings")
    def list_settings() -> Response:
        return page("settings", [setting.resource() for setting in configuration.settings])

    @app.get(f"{_PATH}/Settings/<setting_id>")
    def fetch_setting(setting_id: str) -> Response:
        return json_answer(setting_of(setting_id).resource())

    @app.post(f"{_PATH}/Tests")
    def test() -> Response:
        asked = request.get_json()
        setting = setting_of(asked.get("settingId"))
        if asked.get("method", "POST") not in ("GET", "POST"):
            raise TwilioError(400, 20001, "method must be GET or POST")
        # Twilio does not document what a real one holds.
        webhook = Webhook(url=asked["url"], method=asked.get("method", "POST"), params={"AccountSid": account.sid})
        status = callbacks.deliver(webhook, _signed(webhook, account, setting, configuration.shared_keys))
        response = {"statusCode": status, "headers": {}} if status else None
        return json_answer({"url": asked["url"], "result": {"response": response, "timing": {"totalMs": 1}}}, 201)


def _signed(
    webhook: Webhook, account: Account, setting: WebhookSetting, shared_keys: Mapping[str, str]
) -> SignedRequest:
    key = None
    if setting.shared_key_id:
        key = SharedKey(setting.shared_key_id, shared_keys[setting.shared_key_id], setting.algorithm)
    return sign(webhook, account.auth_token, str(uuid.uuid4()), key)


def _suffix(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()[:26]
