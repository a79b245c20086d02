"""The statuses that a list shows, and the events they become: those that a callback would have made."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from twilio_connector.bus.event import Event
from twilio_connector.bus.opt_outs import OPTED_OUT, REFUSED, OptOut, opt_out_event
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.connections.connection import Connection
from twilio_connector.instants import format_instant, second_of
from twilio_connector.listing.rows import Row
from twilio_connector.twilio.message import Message
from twilio_connector.twilio.statuses import RECONCILIATION, status_id, status_rank

# The parameters of a status callback by the keys of a message. What Twilio gives no value it does not send.
# https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
PARAMETERS = {
    "sid": "MessageSid",
    "status": "MessageStatus",
    "errorCode": "ErrorCode",
    "errorMessage": "ErrorMessage",
    "from": "From",
    "to": "To",
    "accountSid": "AccountSid",
    "messagingServiceSid": "MessagingServiceSid",
    "apiVersion": "ApiVersion",
}

# Twilio may give no direction.
_OF_INBOUND = ("receiving", "received")


@dataclass(frozen=True)
class Status:
    """The status of an outbound *message*, and in which second since the epoch that changed last.

    The latter is None where Twilio gave no date.
    """

    message: Message = field(repr=False)
    changed: int | None

    @property
    def sid(self) -> str:
        """The message's SID."""
        return str(self.message["sid"])

    @property
    def status(self) -> str:
        """The status, as Twilio calls it."""
        return str(self.message["status"])

    @property
    def id(self) -> str:
        """The id of its event."""
        return status_id(self.sid, self.status)

    @property
    def callback(self) -> dict[str, str]:
        """What a status callback would say of it."""
        message = self.message
        return {name: str(message[key]) for key, name in PARAMETERS.items() if message[key] not in (None, "")}


def statuses_of(rows: Iterable[Row]) -> list[Status]:
    """The statuses of those *rows* that are outbound messages."""
    return [
        Status(row.message, second_of(row.message["dateUpdated"]))
        for row in rows
        if row.message["status"] and row.message["direction"] != "inbound" and row.message["status"] not in _OF_INBOUND
    ]


def status_event(connection: Connection, status: Status, asked_at: datetime) -> Event:
    """The event of *status*, which a page showed that was asked for at the instant *asked_at*.

    That is when it was received: a callback of whatever happened later arrives later.
    """
    detail = {
        "id": status.id,
        "connection": connection.name,
        "accountSid": connection.account_sid,
        "receivedAt": format_instant(asked_at),
        "headers": {},
        "query": {},
        "statusRank": status_rank(status.status),
        "origin": RECONCILIATION,
        "body": {"data": status.callback},
    }
    return Event.of(STATUS_UPDATED, detail)


def opt_out_events(connection: Connection, statuses: Iterable[Status], asked_at: datetime) -> list[Event]:
    """The events of those recipients who are found to have opted out because Twilio has refused a message to them.

    That was known when Twilio refused: a recipient who has opted in since, before the list was read, has done so later.
    """
    return [
        opt_out_event(
            OPTED_OUT, connection.name, connection.account_sid, _opt_out(status), _refused_at(status, asked_at)
        )
        for status in statuses
        if str(status.message["errorCode"]) == REFUSED and status.message["to"]
    ]


def _refused_at(status: Status, asked_at: datetime) -> datetime:
    """When Twilio tried to send the message; without that date, when it last changed it, for want of better."""
    date = status.message["dateSent"] or status.message["dateUpdated"]
    return min(asked_at, datetime.fromisoformat(date)) if date else asked_at


def _opt_out(status: Status) -> OptOut:
    message = status.message
    return OptOut(
        recipient=message["to"],
        sender=message["from"] or None,
        messaging_service_sid=message["messagingServiceSid"] or None,
        reason=REFUSED,
        message_sid=status.sid,
    )
