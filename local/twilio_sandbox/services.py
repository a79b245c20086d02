"""The account's messaging services, and where each sends what comes in.

https://www.twilio.com/docs/messaging/api/service-resource
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request

from local.twilio_sandbox.account import Account
from local.twilio_sandbox.answers import json_answer
from local.twilio_sandbox.errors import not_found
from local.twilio_sandbox.parameters import webhook_changes
from local.twilio_sandbox.resources import place_of

ORIGIN = "https://messaging.twilio.com"
_PATH = "/v1/Services"
_DEFAULT_PAGE_SIZE = 50


@dataclass(frozen=True)
class MessagingService:
    """A service and its webhooks; None switches one off. With *by_number*, the numbers' own webhooks get inbound texts.

    *senders* are the SIDs of its phone numbers.
    """

    friendly_name: str
    inbound_request_url: str | None = None
    inbound_method: str = "POST"
    fallback_url: str | None = None
    status_callback: str | None = None
    by_number: bool = False
    fallback_method: str = "POST"
    senders: tuple[str, ...] = ()

    @property
    def sid(self) -> str:
        """The SID, always the same for a name."""
        return f"MG{md5(self.friendly_name.encode(), usedforsecurity=False).hexdigest()}"

    def resource(self, account_sid: str) -> dict[str, object]:
        """Return the resource, with only the properties that concern webhooks."""
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "friendly_name": self.friendly_name,
            "inbound_request_url": self.inbound_request_url,
            "inbound_method": self.inbound_method,
            "fallback_url": self.fallback_url,
            "fallback_method": self.fallback_method,
            "status_callback": self.status_callback,
            "use_inbound_webhook_on_number": self.by_number,
            "url": f"{ORIGIN}{_PATH}/{self.sid}",
        }


_UPDATES = {
    "InboundRequestUrl": "inbound_request_url",
    "InboundMethod": "inbound_method",
    "FallbackUrl": "fallback_url",
    "FallbackMethod": "fallback_method",
}


def add_service_routes(app: Flask, account: Account, services: list[MessagingService]) -> None:
    """List `services`, in pages that name the next one by its full URL, as the product APIs do; and change them."""

    @app.get(f"{_PATH}/<sid>")
    def fetch_service(sid: str) -> Response:
        return json_answer(services[place_of(sid, services)].resource(account.sid))

    @app.post(f"{_PATH}/<sid>")
    def update_service(sid: str) -> Response:
        index, form = place_of(sid, services), request.form
        changes: dict[str, Any] = {name: value or None for name, value in webhook_changes(form, _UPDATES).items()}
        by_number = form.get("UseInboundWebhookOnNumber", str(services[index].by_number)).lower() == "true"
        services[index] = replace(services[index], **changes, by_number=by_number)
        return json_answer(services[index].resource(account.sid))

    @app.get(f"{_PATH}/<sid>/PhoneNumbers/<number_sid>")
    def fetch_sender(sid: str, number_sid: str) -> Response:
        service = services[place_of(sid, services)]
        if number_sid not in service.senders:
            raise not_found(request.path)
        address = f"{ORIGIN}{_PATH}/{sid}/PhoneNumbers/{number_sid}"
        return json_answer({"sid": number_sid, "account_sid": account.sid, "service_sid": sid, "url": address})

    @app.get(_PATH)
    def list_services() -> Response:
        size = request.args.get("PageSize", _DEFAULT_PAGE_SIZE, type=int)
        number = request.args.get("Page", 0, type=int)
        sids = [service.sid for service in services]
        start = sids.index(request.args["PageToken"]) + 1 if "PageToken" in request.args else 0
        page = services[start : start + size]

        def url(number: int, token: str | None) -> str:
            query = {"PageSize": size, "Page": number} | ({"PageToken": token} if token else {})
            return f"{ORIGIN}{_PATH}?{urlencode(query)}"

        before = sids[start - size - 1] if start > size else None
        meta = {
            "key": "services",
            "page": number,
            "page_size": size,
            "url": f"{ORIGIN}{_PATH}?{request.query_string.decode()}",
            "first_page_url": url(0, None),
            "previous_page_url": url(number - 1, before) if start else None,
            "next_page_url": url(number + 1, page[-1].sid) if start + size < len(services) else None,
        }
        return json_answer({"meta": meta, "services": [service.resource(account.sid) for service in page]})
