"""Twilio's twelve example messages: what its OpenAPI document (`twilio_api_v2010`, release 2.6.7) shows as answers.

What is so in the examples is so here: what is null, what goes with what. SIDs, numbers and dates are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.twilio_sandbox.message import API_VERSION, Message, rfc2822

SERVICE_SID = "MG" + "5e" * 16
SENDER, RECIPIENT = "+15558675309", "+15551234567"
_DEFAULTS: Mapping[str, Any] = {
    "body": "Hello! 👍",
    "direction": "outbound-api",
    "error_code": None,
    "error_message": None,
    "from": SENDER,
    "messaging_service_sid": SERVICE_SID,
    "num_media": "0",
    "num_segments": "1",
    "price": None,
    "price_unit": None,
    "to": RECIPIENT,
}
_LISTED = {"body": "testing", "price": "-0.00750", "price_unit": "USD", "feedback": True}
# By name: what is not as in _DEFAULTS, the kind of SID, and the seconds from creation to the other two dates.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "listed": {**_LISTED, "status": "sent", "seconds": (4, 4)},
    "listed MMS": {
        **_LISTED,
        "body": "look, I have media!",
        "direction": "inbound",
        "error_code": 30004,
        "error_message": "Message blocked",
        "num_media": "3",
        "status": "received",
        "kind": "MM",
        "seconds": (3, 3),
    },
    "created": {"status": "queued", "seconds": (0, 0)},
    "created without a service": {"status": "queued", "seconds": (2, 2)},
    "created with a service": {"status": "queued", "from": None, "seconds": (2, 2)},
    "created and queued": {"status": "queued", "seconds": (2, 2)},
    "scheduled SMS": {"status": "queued", "from": None, "num_segments": "0", "seconds": (None, 0)},
    "scheduled MMS": {"status": "accepted", "from": None, "num_media": "1", "kind": "MM", "seconds": (None, 0)},
    "scheduled WhatsApp": {
        "status": "scheduled",
        "from": None,
        "num_segments": "0",
        "to": f"whatsapp:{RECIPIENT}",
        "seconds": (None, 0),
    },
    "fetched": {
        **_LISTED,
        "status": "sent",
        "error_code": 30007,
        "error_message": "Carrier violation",
        "seconds": (1, 1),
    },
    "redacted": {"body": "", "price_unit": "USD", "status": "sent", "feedback": True, "seconds": (1, 1)},
    "canceled": {
        "body": "Hello World!",
        "from": None,
        "price_unit": "USD",
        "status": "canceled",
        "feedback": True,
        "seconds": (None, 3601),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbatim(Message):
    """A message that the sandbox answers word for word."""

    answer: Mapping[str, Any]

    def resource(self) -> dict[str, object]:
        """The answer."""
        return dict(self.answer)


def example(name: str, account_sid: str, updated: datetime | None = None) -> Verbatim:
    """The example of that name as a message of the account, changed a minute ago unless at *updated*."""
    facts = {**_DEFAULTS, **EXAMPLES[name]}
    sent, changed = facts.pop("seconds")
    sid = f"{facts.pop('kind', 'SM')}{sorted(EXAMPLES).index(name):032x}"
    last = (updated or datetime.now(UTC) - timedelta(minutes=1)).replace(microsecond=0)
    created = last - timedelta(seconds=changed)
    date_sent = None if sent is None else created + timedelta(seconds=sent)
    path = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{sid}"
    parts = ("media", "feedback") if facts.pop("feedback", False) else ("media",)
    answer = {
        **facts,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "date_created": rfc2822(created),
        "date_sent": rfc2822(date_sent),
        "date_updated": rfc2822(last),
        "sid": sid,
        "subresource_uris": {part: f"{path}/{part.capitalize()}.json" for part in parts},
        "uri": f"{path}.json",
    }
    return Verbatim(
        sid=sid,
        account_sid=account_sid,
        direction=facts["direction"],
        to=facts["to"],
        from_=facts["from"],
        body=facts["body"],
        status=facts["status"],
        date_created=created,
        date_updated=last,
        date_sent=date_sent,
        answer=answer,
    )
