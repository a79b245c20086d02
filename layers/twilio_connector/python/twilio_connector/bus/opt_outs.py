"""The events of recipients who opt out of messages, or in again."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from twilio_connector.bus.event import Event
from twilio_connector.instants import format_instant

OPTED_OUT = "Recipient Opted Out"
OPTED_IN = "Recipient Opted In"

# Why it is known: the recipient has texted a keyword, or Twilio has refused a message with this code.
KEYWORD, REFUSED = "keyword", "21610"


@dataclass(frozen=True, kw_only=True)
class OptOut:
    """What is known of a *recipient*'s wish about messages of *sender*, or of any sender of the messaging service.

    *message_sid* is the message that showed it. *inferred*: Twilio did not say so, but the text is one of its keywords.
    """

    recipient: str = field(repr=False)
    sender: str | None = field(repr=False)
    messaging_service_sid: str | None
    reason: str
    message_sid: str | None = None
    inferred: bool = False


def opt_out_event(detail_type: str, connection: str, account_sid: str, opt_out: OptOut, at: datetime) -> Event:
    """The event of *detail_type* about *opt_out*, which became known at the instant *at*."""
    detail = {
        "id": f"optout:{opt_out.message_sid or _day_id(opt_out, at)}",
        "connection": connection,
        "accountSid": account_sid,
        "receivedAt": format_instant(at),
        "body": {
            "data": {
                "recipient": opt_out.recipient,
                "sender": opt_out.sender,
                "messagingServiceSid": opt_out.messaging_service_sid,
                "reason": opt_out.reason,
                "inferred": opt_out.inferred,
                "messageSid": opt_out.message_sid,
            }
        },
    }
    return Event.of(detail_type, detail)


def _day_id(opt_out: OptOut, at: datetime) -> str:
    """A refusal has no message, and all of a UTC day mean the same. Hashed, because ids are logged."""
    sender = [opt_out.sender, opt_out.messaging_service_sid]
    told = json.dumps([opt_out.recipient, sender, at.astimezone(UTC).date().isoformat()])
    return sha256(told.encode()).hexdigest()
