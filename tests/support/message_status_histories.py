"""What events may say about one message, and what examples/delivery-report has to make of it."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from tests.support import message_statuses as statuses
from tests.support.examples import MESSAGE_SID as SID
from twilio_connector.twilio.statuses import status_rank

# One of each rank, all that end a message, and one that has no rank.
STATUSES = (
    "accepted",
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "canceled",
    "read",
    "pondering",
)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What events say about one message, in any form, some of it in the same millisecond.

    Its sender may not be known, and one status may come with several codes.
    """
    told = st.tuples(
        st.sampled_from(statuses.WAYS),
        st.sampled_from(STATUSES),
        st.integers(0, 3),
        st.sampled_from([None, statuses.SENDER]),
        st.sampled_from([None, 30003, 30005]),
    )
    return [_event(*each) for each in draw(st.lists(told, min_size=1, max_size=8))]


def _event(way: str, status: str, millisecond: int, sender: str | None, code: int | None) -> dict[str, Any]:
    service = {"from": sender, "messagingServiceSid": statuses.SERVICE}
    return statuses.event(way, statuses.message(SID, status, **service, errorCode=code), statuses.instant(millisecond))


def expected(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The item as the rule has it of a set of events, which is asked for no order."""
    known = set[tuple[int, str, str, str]]()
    for event in events:
        data = event["detail"]["body"]["data"]
        message = data.get("message") or (data.get("created") or [data])[0]
        status = message.get("status") or message["MessageStatus"]
        sender = message.get("from") or message.get("From") or statuses.SERVICE
        code = message.get("errorCode") or message.get("ErrorCode")
        if (rank := status_rank(status)) is not None:
            known.add((rank, event["detail"]["receivedAt"], f"{status} {code} {sender} {statuses.RECIPIENT}", sender))
    if not known:
        return {}
    rank, received_at, tie_break, sender = max(known)
    status, code, *_ = tie_break.split()
    item = {
        "sid": SID,
        "messageStatus": status,
        "statusRank": rank,
        "receivedAt": received_at,
        "firstReceivedAt": min(at for _, at, *_ in known),
        "tieBreak": tie_break,
        "sender": sender,
        "recipient": statuses.RECIPIENT,
        "conversation": f"{statuses.RECIPIENT} {sender}",
        "expiresAt": int(datetime.fromisoformat(received_at).timestamp()) + statuses.RETENTION_DAYS * 24 * 3600,
    }
    return item | ({} if code == "None" else {"errorCode": code})
