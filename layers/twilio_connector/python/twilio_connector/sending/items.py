"""How the state table stores sends: keys and attributes of their items, which later versions read, too.

================================  ==========  =====================================================================
pk                                sk          holds
================================  ==========  =====================================================================
``send#<connection>#<key hash>``  record      a :class:`~twilio_connector.sending.records.Record`
``send#<account>#to#<bucket>``    send ID,    a request in flight: its fingerprint, the *likeness* of its message, until
                                  request     when, whether its answer was *lost*; it stays until it is decided
``send#<account>#sid#<SID>``      message     *holder*: the send ID (connection, key hash) of the send that it is;
                                              *callback* (:mod:`~twilio_connector.state.sent_messages`)
================================  ==========  =====================================================================
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from twilio_connector.sending.budget import CLAIMED_SECONDS, CLOCK_SECONDS, UNKNOWN_SECONDS
from twilio_connector.sending.records import Record, Send, State
from twilio_connector.state.sent_messages import sent_message_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = dict[str, AttributeValueTypeDef]


def record_key(send: Send) -> "Item":
    """The key of the record of *send*."""
    return _key(f"send#{send_id(send)}", "record")


def record_item(send: Send, record: Record) -> "Item":
    """*record*, in its place."""
    return record_key(send) | _attributes(
        {
            "state": record.state,
            "fingerprint": record.fingerprint,
            "owner": record.owner,
            "request": record.request,
            "began": record.previous_attempt_at,
            "attempted": record.last_attempt_at,
            "left": record.sent_no_later_than,
            "until": record.held_until,
            "expiresAt": record.expires_at,
            "sid": record.sid,
        }
    )


def parse_record(item: "Item") -> Record:
    """The record that :func:`record_item` wrote."""
    return Record(
        state=State(item["state"]["S"]),
        fingerprint=item["fingerprint"]["S"],
        owner=item["owner"]["S"],
        request=item["request"]["S"],
        previous_attempt_at=int(item["began"]["N"]),
        last_attempt_at=int(item["attempted"]["N"]),
        sent_no_later_than=float(item["left"]["N"]),
        held_until=int(item["until"]["N"]),
        expires_at=int(item["expiresAt"]["N"]),
        sid=item["sid"]["S"],
    )


def flight_key(send: Send, record: Record) -> "Item":
    """The key of the last request of *record* among those in flight to the same bucket of recipients."""
    return _key(f"send#{send.account_sid}#to#{send.bucket}", f"{send_id(send)},{record.request}")


def flight_item(send: Send, record: Record, *, is_lost: bool = False) -> "Item":
    """The request of *record*, in flight; *is_lost*: its answer was lost, so that its message has not been reported."""
    return flight_key(send, record) | _attributes(
        {
            "likeness": send.lookalike_hash,
            "fingerprint": send.fingerprint,
            "until": record.held_until,
            "lost": int(is_lost),
            "expiresAt": record.held_until + UNKNOWN_SECONDS,
        }
    )


def is_of(item: "Item", send: Send) -> bool:
    """Whether the request in flight *item* is one of *send*."""
    return item["sk"]["S"].startswith(f"{send_id(send)},")


def is_interchangeable(item: "Item", send: Send) -> bool:
    """Whether the request in flight *item* asked for just what *send* does, and its message is not reported yet."""
    return item["lost"]["N"] == "1" and item["fingerprint"]["S"] == send.fingerprint


def may_have_made(item: "Item", send: Send, created: int) -> bool:
    """Whether the request in flight *item* may have made a message like that of *send* by *created*."""
    return item["likeness"]["S"] in (send.lookalike_hash, "") and created <= int(item["until"]["N"]) + CLOCK_SECONDS


def message_key(send: Send, sid: str) -> "Item":
    """The key of the message *sid*, once it is known which send it belongs to."""
    return sent_message_key(send.account_sid, sid)


def message_item(send: Send, sid: str, now: float, *, calls_back: bool = False) -> "Item":
    """The message *sid* as that of *send*, for as long as another send could look for one like it.

    *calls_back*: Twilio was asked to report its status to this stack's webhook.
    """
    attributes: dict[str, object] = {"holder": send_id(send), "expiresAt": int(now) + CLAIMED_SECONDS}
    return message_key(send, sid) | _attributes(attributes | ({"callback": 1} if calls_back else {}))


def send_id(send: Send) -> str:
    """What identifies *send*: its connection and the hash of its key."""
    return f"{send.connection}#{send.key}"


def _key(pk: str, sk: str) -> "Item":
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _attributes(values: Mapping[str, object]) -> "Item":
    return {name: _attribute(value) for name, value in values.items()}


def _attribute(value: object) -> "AttributeValueTypeDef":
    return {"N": str(value)} if isinstance(value, int | float) else {"S": str(value)}
