"""Webhook requests made by hand, for what the sandbox would not send, and how to recognise what becomes of them."""

import uuid
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import urllib3
from twilio.request_validator import RequestValidator

from local.aws import LocalAws
from local.bus import BusEvent
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox


def post_webhook(
    aws: LocalAws, form: Mapping[str, str], token: str, connection: str = "default"
) -> urllib3.BaseHTTPResponse:
    """Post as Twilio does: signed for the public URL, and delivered to the local API."""
    signature = RequestValidator(token).compute_signature(f"https://{aws.api_host}/webhook/{connection}", form)
    return urllib3.request(
        "POST",
        f"{aws.url}/webhook/{connection}",
        body=urlencode(form),
        headers={
            "Host": aws.api_host_header,
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": signature,
        },
        timeout=30.0,
    )


def inbound(twilio: TwilioSandbox, body: str = "Hello") -> dict[str, str]:
    """The parameters of a text that someone sends to the account."""
    sid = f"SM{uuid.uuid4().hex}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": twilio.account_sid,
        "From": SANDBOX_RECIPIENT,
        "To": SANDBOX_SENDER,
        "Body": body,
        "NumMedia": "0",
        "SmsStatus": "received",
    }


def status_callback(twilio: TwilioSandbox, status: str) -> dict[str, str]:
    """The parameters that report the status of a text which the account sent."""
    sid = f"SM{uuid.uuid4().hex}"
    return {
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "AccountSid": twilio.account_sid,
        "From": SANDBOX_SENDER,
        "To": SANDBOX_RECIPIENT,
    }


def api_key_of(twilio: TwilioSandbox) -> dict[str, str]:
    """A connection's secret with the account's API key, and nothing to verify webhooks with."""
    return {
        "accountSid": twilio.account_sid,
        "apiKeySid": twilio.api_key_sid,
        "apiKeySecret": twilio.api_key_secret,
    }


def of_type(detail_type: str, event_id: str) -> Callable[[BusEvent], bool]:
    """A predicate for the events of one detail-type and id."""
    return lambda event: event.detail_type == detail_type and event.detail.get("id") == event_id
