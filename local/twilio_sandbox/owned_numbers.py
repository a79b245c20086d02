"""The phone numbers that the account owns, and where each sends what comes in.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import md5
from urllib.parse import urlencode

from flask import Flask, Response, request

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.answers import json_answer
from local.twilio_sandbox.message import API_VERSION

_DEFAULT_PAGE_SIZE = 50


@dataclass(frozen=True)
class OwnedNumber:
    """A number in E.164, and its webhooks for texts; `sms` tells whether it takes any."""

    phone_number: str
    sms_url: str = ""
    sms_application_sid: str = ""
    sms: bool = True
    sms_method: str = "POST"
    sms_fallback_url: str = ""

    @property
    def sid(self) -> str:
        """The SID, always the same for a number."""
        return f"PN{md5(self.phone_number.encode(), usedforsecurity=False).hexdigest()}"

    def resource(self, account_sid: str) -> dict[str, object]:
        """Return the resource, without what only calls need."""
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "phone_number": self.phone_number,
            "friendly_name": self.phone_number,
            "capabilities": {"voice": True, "sms": self.sms, "mms": self.sms, "fax": False},
            "sms_url": self.sms_url,
            "sms_method": self.sms_method,
            "sms_fallback_url": self.sms_fallback_url,
            "sms_fallback_method": "POST",
            "sms_application_sid": self.sms_application_sid,
            "status": "in-use",
            "uri": f"{_path(account_sid)}/{self.sid}.json",
        }


def add_number_routes(app: Flask, account: Account, owned: list[OwnedNumber]) -> None:
    """List `owned`, in pages whose token is the SID that the page before ended with, and change where they send."""

    @app.get(f"{_path('<account>')}.json")
    def list_numbers() -> Response:
        size = request.args.get("PageSize", _DEFAULT_PAGE_SIZE, type=int)
        sids = [number.sid for number in owned]
        start = sids.index(request.args["PageToken"]) + 1 if "PageToken" in request.args else 0
        page = owned[start : start + size]
        following = {"PageSize": size, "PageToken": page[-1].sid} if start + size < len(owned) else None
        return json_answer(
            {
                "incoming_phone_numbers": [number.resource(account.sid) for number in page],
                "page_size": size,
                "uri": f"{_path(account.sid)}.json?{request.query_string.decode()}",
                "next_page_uri": f"{_path(account.sid)}.json?{urlencode(following)}" if following else None,
            }
        )

    @app.post(f"{_path('<account>')}/<sid>.json")
    def update_number(sid: str) -> Response:
        (index,) = (index for index, number in enumerate(owned) if number.sid == sid)
        owned[index] = replace(owned[index], sms_url=request.form["SmsUrl"])
        return json_answer(owned[index].resource(account.sid))


def _path(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers"
