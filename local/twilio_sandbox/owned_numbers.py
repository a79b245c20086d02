"""The phone numbers that the account owns, and where each sends what comes in.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import md5

from flask import Flask, Response, g, request

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.answers import json_answer
from local.twilio_sandbox.message import API_VERSION
from local.twilio_sandbox.pages import page_of
from local.twilio_sandbox.parameters import webhook_changes
from local.twilio_sandbox.resources import place_of


@dataclass(frozen=True)
class OwnedNumber:
    """A number in E.164, and its webhooks for texts; `sms` is whether it can receive texts."""

    phone_number: str
    sms_url: str = ""
    sms_application_sid: str = ""
    sms: bool = True
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"

    @property
    def sid(self) -> str:
        """The SID, always the same for a number."""
        return f"PN{md5(self.phone_number.encode(), usedforsecurity=False).hexdigest()}"

    def resource(self, account_sid: str) -> dict[str, object]:
        """Return the resource, without what only calls need."""
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "api_version": API_VERSION,
            "phone_number": self.phone_number,
            "friendly_name": self.phone_number,
            "capabilities": {"voice": True, "sms": self.sms, "mms": self.sms, "fax": False},
            "date_created": "Sun, 01 Mar 2026 00:00:00 +0000",
            "date_updated": "Sun, 01 Mar 2026 00:00:00 +0000",
            "sms_url": self.sms_url,
            "sms_method": self.sms_method,
            "sms_fallback_url": self.sms_fallback_url,
            "sms_fallback_method": self.sms_fallback_method,
            "sms_application_sid": self.sms_application_sid or None,
            "status": "in-use",
            "uri": f"{_path(account_sid)}/{self.sid}.json",
        }


# What an update may change here. An empty URL or SID removes the old value.
_UPDATES = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "SmsApplicationSid": "sms_application_sid",
}


def add_number_routes(app: Flask, account: Account, owned: list[OwnedNumber]) -> None:
    """List `owned`, which are the main account's, and change where they send."""

    def of_the_account() -> list[OwnedNumber]:
        return owned if g.messaging.account is account else []

    @app.get(f"{_path('<account>')}.json")
    def list_numbers() -> Response:
        rows = [number.resource(account.sid) for number in of_the_account()]
        return json_answer(page_of("incoming_phone_numbers", rows, request))

    @app.get(f"{_path('<account>')}/<sid>.json")
    def fetch_number(sid: str) -> Response:
        return json_answer(owned[place_of(sid, of_the_account())].resource(account.sid))

    @app.post(f"{_path('<account>')}/<sid>.json")
    def update_number(sid: str) -> Response:
        index, changes = place_of(sid, of_the_account()), webhook_changes(request.form, _UPDATES)
        owned[index] = replace(owned[index], **changes)
        return json_answer(owned[index].resource(account.sid))


def _path(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers"
