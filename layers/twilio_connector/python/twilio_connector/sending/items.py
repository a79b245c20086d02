"""How sends stand in the state table: keys and attributes of their items.

================================  ==========  =====================================================================
pk                                sk          holds
================================  ==========  =====================================================================
``send#<connection>#<key hash>``  record      a :class:`~twilio_connector.sending.records.Record`
``send#<account>#to#<bucket>``    *holder*,   a request in flight: its fingerprint, the likeness of its message, until
                                  request     when, whether its answer was *lost*; it stays until it is decided
``send#<account>#sid#<SID>``      message     *holder*: the connection and key hash of the send that the message is
================================  ==========  =====================================================================
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from twilio_connector.sending.records import CLAIMED_SECONDS, CLOCK_SECONDS, UNKNOWN_SECONDS, Record, Send, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = dict[str, AttributeValueTypeDef]


def record_key(send: Send) -> "Item":
    """Where the record of *send* stands."""
    return _key(f"send#{holder(send)}", "record")


def record_item(send: Send, record: Record) -> "Item":
    """*record*, in its place."""
    return record_key(send) | _attributes(asdict(record))


def parse_record(item: "Item") -> Record:
    """The record that :func:`record_item` wrote."""
    return Record(
        state=State(item["state"]["S"]),
        fingerprint=item["fingerprint"]["S"],
        owner=item["owner"]["S"],
        request=item["request"]["S"],
        began=int(item["began"]["N"]),
        attempted=int(item["attempted"]["N"]),
        left=float(item["left"]["N"]),
        until=int(item["until"]["N"]),
        expiresAt=int(item["expiresAt"]["N"]),
        sid=item["sid"]["S"],
    )


def flight_key(send: Send, record: Record) -> "Item":
    """Where the last request of *record* stands among those in flight to the same bucket of recipients."""
    return _key(f"send#{send.account_sid}#to#{send.bucket}", f"{holder(send)},{record.request}")


def flight_item(send: Send, record: Record, *, is_lost: bool = False) -> "Item":
    """The request of *record*, in flight; *is_lost*: its answer was lost, so that nobody has reported its message."""
    return flight_key(send, record) | _attributes(
        {
            "likeness": send.likeness,
            "fingerprint": send.fingerprint,
            "until": record.until,
            "lost": int(is_lost),
            "expiresAt": record.until + UNKNOWN_SECONDS,
        }
    )


def is_of(item: "Item", send: Send) -> bool:
    """Whether the request in flight *item* is one of *send*."""
    return item["sk"]["S"].startswith(f"{holder(send)},")


def is_interchangeable(item: "Item", send: Send) -> bool:
    """Whether the request in flight *item* asked for just what *send* does, and nobody has reported its message yet."""
    return item["lost"]["N"] == "1" and item["fingerprint"]["S"] == send.fingerprint


def may_have_made(item: "Item", send: Send, created: int) -> bool:
    """Whether the request in flight *item* may have made a message like that of *send* by *created*."""
    return item["likeness"]["S"] in (send.likeness, "") and created <= int(item["until"]["N"]) + CLOCK_SECONDS


def message_key(send: Send, sid: str) -> "Item":
    """Where the message *sid* stands, once it is known whose it is."""
    return _key(f"send#{send.account_sid}#sid#{sid}", "message")


def message_item(send: Send, sid: str, now: float) -> "Item":
    """The message *sid* as that of *send*, for as long as another send could look for one like it."""
    attributes = {"holder": holder(send), "expiresAt": int(now) + CLAIMED_SECONDS}
    return message_key(send, sid) | _attributes(attributes)


def holder(send: Send) -> str:
    """What a message says of the send that it is."""
    return f"{send.connection}#{send.key}"


def _key(pk: str, sk: str) -> "Item":
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _attributes(values: Mapping[str, object]) -> "Item":
    return {name: _attribute(value) for name, value in values.items()}


def _attribute(value: object) -> "AttributeValueTypeDef":
    return {"N": str(value)} if isinstance(value, int | float) else {"S": str(value)}
