"""A test webhook that Twilio itself signs and delivers: a check that does not depend on this project's signing.

https://www.twilio.com/docs/usage/webhooks/webhook-testing; part of the same public beta as Webhook Rules.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from operations.doctor.credentials import client_of
from operations.doctor.twilio_lists import is_regional, product_url, webhook_resources
from operations.doctor.webhook_rules import matching, settings_of
from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.errors import TwilioAuthenticationError, TwilioNotFoundError, TwilioRejectedError
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.responses import json_object


def check_test_webhook(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether the webhook of the connection *name* accepts what Twilio sends it on request.

    Twilio has to be given a Setting: those of the Rule that applies to the URL, else those that Twilio manages.
    """
    subject, client = Subject(f"test webhook {name}"), client_of(stack, name)
    if is_regional(client.connection):
        yield subject.warn("Twilio does not document test webhooks for a region.", "Leave WEBHOOK_TEST out.")
        return
    try:
        settings = _settings(client, stack.webhook_url(name))
        if not settings:
            yield subject.warn(
                "The account has no Webhook Setting to send one with.",
                "Make one in Twilio's console, or leave WEBHOOK_TEST out: the doctor's own callback was just verified.",
            )
        for setting in settings:
            yield _judged(stack, subject, setting, _delivered(client, stack.webhook_url(name), setting))
    except (TwilioNotFoundError, TwilioAuthenticationError, TwilioRejectedError) as exc:
        yield subject.warn(
            f"Twilio sends none. {exc}", "It is a public beta, which not every account and key has: leave it out."
        )


def _settings(client: TwilioClient, url: str) -> list[Mapping[str, Any]]:
    if rule := matching(list(webhook_resources(client, "Rules")), url):
        return list(settings_of(client, rule))
    return [setting for setting in webhook_resources(client, "Settings") if setting.get("type") == "SYSTEM"]


def _delivered(client: TwilioClient, url: str, setting: Mapping[str, Any]) -> int | None:
    """The status with which *url* has answered a test webhook by *setting*; None if it has not."""
    request = Request(
        "POST",
        f"{product_url(client.connection, 'webhooks')}/v1/Webhooks/Tests",
        {"Accept": "application/json", "Content-Type": "application/json"},
        json.dumps({"url": url, "settingId": setting.get("id"), "method": "POST"}).encode(),
    )
    result = json_object(client.answer(request)).get("result")
    answer = result.get("response") if isinstance(result, dict) else None
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    return status if isinstance(status, int) else None


def _judged(stack: Stack, subject: Subject, setting: Mapping[str, Any], status: int | None) -> Finding:
    logs = stack.logs_command("webhook")
    if status is None:
        return subject.fail(
            "Twilio reports no answer to its test webhook.",
            "The URL has to be public, with a valid certificate; a stack on a local AWS is not.",
        )
    signed = (
        "the shared key of its Setting" if (setting.get("signature") or {}).get("sharedKeyId") else "the auth token"
    )
    if 200 <= status < 300:
        return subject.ok(f"Twilio signed one with {signed}, and was answered {status}.")
    return subject.fail(
        f"Twilio signed one with {signed}, and was answered {status}.", f"The log has the cause: {logs}"
    )
