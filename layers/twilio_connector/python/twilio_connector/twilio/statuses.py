"""The statuses of a message, and how far along each of them is.

https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

# The source of a status: a callback, or a list in which reconciliation found a status that no callback reported.
WEBHOOK, RECONCILIATION = "webhook", "reconciliation"

# Callbacks arrive out of order; a message moves up only. What has the same rank ends a message in different ways.
_RANKS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "receiving"), 0),
    "sending": 1,
    **dict.fromkeys(("sent", "partially_delivered"), 2),
    **dict.fromkeys(("delivered", "undelivered", "failed", "canceled", "received"), 3),
    "read": 4,
}

# How a delivery ended: a message has one of them in its life, and a callback reports it. `read` follows such a one; a
# `canceled` message was never on its way: https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
OUTCOMES = frozenset({"delivered", "undelivered", "failed"})


def status_rank(status: str) -> int | None:
    """The place of *status* in the life of a message, from 0 to 4; None for one that is not known."""
    return _RANKS.get(status)


def status_id(sid: str, status: str) -> str:
    """What identifies the event of the message *sid* having *status*, whatever its source."""
    return f"{sid}:{status}"
