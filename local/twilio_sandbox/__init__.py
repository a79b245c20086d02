"""A stateful local Twilio for demos and tests: the Messages API, its webhooks, and faults on demand.

    with TwilioSandbox() as twilio:
        twilio.map_host("hooks.example.com", "http://127.0.0.1:4567")
        sid = twilio.receive(
            from_="+15558675309", to="+15551234567", body="hi", webhook_url="https://hooks.example.com/in"
        )
        twilio.wait_until(lambda: twilio.callbacks)

It listens on 127.0.0.1 and calls nothing but loopback addresses and mapped hosts.
"""

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.callback_faults import CallbackFaults, StrayCallback
from local.twilio_sandbox.faults import Fault
from local.twilio_sandbox.journal import Callback, RecordedRequest
from local.twilio_sandbox.message import Message
from local.twilio_sandbox.owned_numbers import OwnedNumber
from local.twilio_sandbox.sandbox import TwilioSandbox
from local.twilio_sandbox.services import MessagingService
from local.twilio_sandbox.webhook_rules import WebhookRule, WebhookSetting

__all__ = [
    "Account",
    "Callback",
    "CallbackFaults",
    "Fault",
    "Message",
    "MessagingService",
    "OwnedNumber",
    "RecordedRequest",
    "StrayCallback",
    "TwilioSandbox",
    "WebhookRule",
    "WebhookSetting",
]
