"""Opt-outs and opt-ins that a webhook shows, in addition to its own event."""

from datetime import datetime

from twilio_connector.bus.event import Event
from twilio_connector.bus.opt_outs import KEYWORD, OPTED_IN, OPTED_OUT, REFUSED, OptOut, opt_out_event
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.connections.connection import Connection
from twilio_connector.webhook.events import RECEIVED, detail_type_of, message_sid
from twilio_connector.webhook.payload import Payload

# What Advanced Opt-Out says of a message, HELP not being one of them:
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
_TYPES = {"STOP": OPTED_OUT, "START": OPTED_IN}
# Without it, Twilio acts on a message that is nothing but one of these words, in upper or lower case:
# https://support.twilio.com/hc/en-us/articles/223134027-Twilio-support-for-opt-out-keywords-SMS-STOP-filtering
_KEYWORDS = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), OPTED_OUT),
    **dict.fromkeys(("START", "YES", "UNSTOP"), OPTED_IN),
}


def opt_out_events(connection: Connection, payload: Payload, received_at: datetime) -> list[Event]:
    """One event where *payload* says that a recipient opted out or in, else none."""
    detail_type = detail_type_of(payload)
    told: str | None = None
    reason, inferred = KEYWORD, False
    if detail_type == RECEIVED:
        recipient, sender = payload.first("From"), payload.first("To")
        if advanced := payload.first("OptOutType"):
            told = _TYPES.get(advanced.strip().upper())
        else:
            told, inferred = _KEYWORDS.get(_word(payload.first("Body"))), True
    elif detail_type == STATUS_UPDATED and payload.first("ErrorCode") == REFUSED:
        recipient, sender = payload.first("To"), payload.first("From")
        told, reason = OPTED_OUT, REFUSED
    if not told or not recipient:
        return []
    opt_out = OptOut(
        recipient=recipient,
        sender=sender or None,
        messaging_service_sid=payload.first("MessagingServiceSid") or None,
        reason=reason,
        message_sid=message_sid(payload) or None,
        inferred=inferred,
    )
    return [opt_out_event(told, connection.name, connection.account_sid, opt_out, received_at)]


def _word(text: str) -> str:
    """*text* without blanks around it, in upper case; empty where letters beyond ASCII would become others of ASCII."""
    word = text.strip()
    return word.upper() if word.isascii() else ""
