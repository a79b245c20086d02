"""The Message resource: one immutable state of it, and its JSON and XML representations.

Vendor page: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from local.twilio_sandbox.media import MediaFile, sent_from

API_VERSION = "2010-04-01"
UNFINISHED_STATUSES = frozenset({"accepted", "scheduled", "queued", "sending"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The state of a message at one moment; datetimes are in UTC, with whole seconds."""

    sid: str
    account_sid: str
    direction: str
    to: str
    from_: str | None
    body: str | None
    status: str
    date_created: datetime
    date_updated: datetime
    date_sent: datetime | None = None
    messaging_service_sid: str | None = None
    media_urls: tuple[str, ...] = ()
    media_files: tuple[MediaFile, ...] = ()
    price: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    send_at: datetime | None = None
    status_callback: str | None = None

    @property
    def path(self) -> str:
        """The resource's path, without an extension."""
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"

    @property
    def media(self) -> tuple[MediaFile, ...]:
        """Its files: those that it arrived with, or those of the URLs that it was sent with."""
        return self.media_files or tuple(map(sent_from, self.media_urls))

    @property
    def num_segments(self) -> str:
        """The number of its parts. Here the GSM 7-bit alphabet is ASCII, and anything else is UCS-2.

        None are known of a text whose messaging service has not picked a sender yet.
        """
        if self.from_ is None and self.status in {"accepted", "scheduled"} and self.sid.startswith("SM"):
            return "0"
        body = self.body or ""
        single, part = (160, 153) if body.isascii() else (70, 67)
        return "1" if self.sid.startswith("MM") or len(body) <= single else str(-(-len(body) // part))

    @property
    def price_unit(self) -> str | None:
        """The currency, unknown like the price until the message has been sent."""
        return None if self.price is None and self.status in UNFINISHED_STATUSES else "USD"

    def resource(self) -> dict[str, object]:
        """Return the 20 fields of the JSON representation."""
        return {
            "body": self.body,
            "num_segments": self.num_segments,
            "direction": self.direction,
            "from": self.from_,
            "to": self.to,
            "date_updated": rfc2822(self.date_updated),
            "price": self.price,
            "error_message": self.error_message,
            "uri": f"{self.path}.json",
            "account_sid": self.account_sid,
            "num_media": str(len(self.media)),
            "status": self.status,
            "messaging_service_sid": self.messaging_service_sid,
            "sid": self.sid,
            "date_sent": rfc2822(self.date_sent),
            "date_created": rfc2822(self.date_created),
            "error_code": self.error_code,
            "price_unit": self.price_unit,
            "api_version": API_VERSION,
            "subresource_uris": {"media": f"{self.path}/Media.json"},
        }


def rfc2822(instant: datetime | None) -> str | None:
    """Format a date as the 2010 API does: `Thu, 24 Aug 2023 05:01:45 +0000`."""
    return None if instant is None else format_datetime(instant)


def to_xml(name: str, resource: Mapping[str, object]) -> bytes:
    """Represent a resource as the API does without the `.json` suffix: `<TwilioResponse><Name>…`."""
    root = Element("TwilioResponse")
    _append(root, name, resource)
    document: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _append(parent: Element, name: str, value: object) -> None:
    element = SubElement(parent, name)
    if isinstance(value, Mapping):
        for key, nested in value.items():
            _append(element, "".join(word.capitalize() for word in key.split("_")), nested)
    elif value is not None:
        element.text = str(value)
