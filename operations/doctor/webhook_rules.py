"""Twilio's Webhook Rules, a public beta: which one applies to the webhook's URL, and what that means. Only reads.

https://www.twilio.com/docs/usage/webhooks/webhook-rules, .../webhook-settings and .../webhook-shared-keys. An account
may have none, and credentials may not be allowed to read them: neither makes a finding.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from operations.doctor.credentials import client_of
from operations.doctor.secrets import put_command
from operations.doctor.twilio_lists import get, is_regional, product_url, webhook_resources
from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.errors import TwilioAuthenticationError, TwilioNotFoundError
from twilio_connector.twilio.api import CONNECTION_OVERRIDES
from twilio_connector.twilio.client import TwilioClient

ALGORITHMS = ("HMAC_SHA1", "HMAC_SHA256")
_ID = re.compile(r"[A-Za-z0-9_]{1,100}")
_ALL_FAILURES = frozenset({"HTTP_4XX", "HTTP_5XX", "CONNECTION_TIMEOUT", "READ_TIMEOUT"})


def check_webhook_rules(stack: Stack, name: str) -> Iterator[Finding]:
    """How the Rule that applies to the webhook of the connection *name* changes its signature and its repeats."""
    subject, url, client = Subject(f"webhook rules {name}"), stack.webhook_url(name), client_of(stack, name)
    if is_regional(client.connection):
        # Twilio documents one host for them, and a region's credentials do not belong there.
        return
    with suppress(TwilioNotFoundError, TwilioAuthenticationError):
        rules = list(webhook_resources(client, "Rules"))
        if not rules:
            return
        rule = matching(rules, url)
        if rule is None:
            yield subject.ok(f"None of the account's {len(rules)} falls on {url}: it is signed with the auth token.")
            return
        told = f"{_id(rule)} ({_match(rule)}) falls on {url}"
        for setting in settings_of(client, rule):
            yield from _judged(stack, name, subject, told, setting)


def matching(rules: Sequence[Mapping[str, Any]], url: str) -> Mapping[str, Any] | None:
    """The one of *rules* that Twilio applies to *url*: an exact one, then the longest prefix, then the default.

    https://www.twilio.com/docs/usage/webhooks/webhook-configuration-faq
    """
    target = url.partition("#")[0]
    exact = [rule for rule in rules if _match(rule) == "EXACT_MATCH" and rule.get("value") == target]
    prefixes = [
        rule
        for rule in rules
        if _match(rule) == "PREFIX_MATCH" and rule.get("prefix") and target.startswith(str(rule["prefix"]))
    ]
    prefixes.sort(key=lambda rule: len(str(rule["prefix"])), reverse=True)
    default = [rule for rule in rules if _match(rule) == "DEFAULT"]
    return next(iter([*exact, *prefixes, *default]), None)


def settings_of(client: TwilioClient, rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The Settings that *rule* applies: one, or two while a key is rotated. Raises the client's errors."""
    origin = product_url(client.connection, "webhooks")
    for reference in rule.get("settings") or []:
        if _ID.fullmatch(setting_id := str(reference.get("settingId"))):
            yield get(client, f"{origin}/v1/Webhooks/Settings/{setting_id}")


def _judged(stack: Stack, name: str, subject: Subject, told: str, setting: Mapping[str, Any]) -> Iterator[Finding]:
    signature, held = setting.get("signature") or {}, stack.connections.shared_keys(stack.connections.get(name))
    key, algorithm = signature.get("sharedKeyId"), signature.get("algorithm")
    told = f"{told}: {_id(setting)}"
    if not key:
        yield subject.ok(f"{told} signs with the auth token.")
    elif algorithm not in ALGORITHMS:
        yield subject.fail(
            f"{told} signs by an algorithm that the webhook does not know: it refuses these requests.",
            f"Let the Rule apply a Setting that signs by {' or '.join(ALGORITHMS)}.",
        )
    elif key not in held:
        yield subject.fail(
            f"{told} signs with the shared key {_id({'id': key})}, which the secret lacks: the webhook refuses it.",
            f"Add it to sharedKeys, as its ID and its secret, then: {put_command(stack, stack.secret_name(name))}",
        )
    else:
        yield subject.ok(f"{told} signs with the shared key {_id({'id': key})} by {algorithm}, which the secret has.")
    if not _repeats(setting):
        yield subject.warn(
            f"{told} does not repeat after every failure, and overrides {CONNECTION_OVERRIDES} in URLs.",
            "Let the Rule apply a Setting whose connection has retryPolicy {retryCount: 5, retryOn: [ALL]}. A Setting "
            "cannot be changed: make another one.",
        )


def _repeats(setting: Mapping[str, Any]) -> bool:
    policy = (setting.get("connection") or {}).get("retryPolicy") or {}
    on = set(policy.get("retryOn") or [])
    return int(policy.get("retryCount") or 0) >= 1 and ("ALL" in on or on >= _ALL_FAILURES)


def _match(rule: Mapping[str, Any]) -> str:
    return str(rule.get("matchType")).upper()


def _id(resource: Mapping[str, Any]) -> str:
    """The identifier of *resource*, if it looks like one; nothing else of Twilio's answer may be printed."""
    identifier = str(resource.get("id"))
    return identifier if _ID.fullmatch(identifier) else "one without an ID"
