"""What is known of each send: the records that make one safe to repeat.

A record holds a Twilio SID and a fingerprint, never content. It is named by connection and idempotency key; the key is
hashed, because callers may put anything into theirs.

::

               claim                    Twilio answered 201
    (none) ──────────────▶ sending ─────────────────────────────▶ sent (24 h)
      ▲                     │   │
      │ certainly not sent  │   │ may have been sent
      └─────────────────────┘   └──────▶ unknown (15 days) ── the hold has passed, claim ──▶ sending
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from twilio_connector.aws import calling
from twilio_connector.client import Parameters
from twilio_connector.errors import (
    IdempotencyConflictError,
    OutcomeUnknownError,
    SendInProgressError,
    TwilioConnectorError,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutItemInputTypeDef

SENT_SECONDS = 24 * 3600
# Longer than any queue keeps a message that may come again.
UNKNOWN_SECONDS = 15 * 24 * 3600


class State(StrEnum):
    """The states of the drawing above."""

    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Record:
    """A send under one key. *attempted*, *until* (its holder's deadline), *expiresAt*: seconds since the epoch."""

    state: State
    fingerprint: str
    owner: str
    attempted: int
    until: int
    expiresAt: int  # noqa: N815  (the table's TTL attribute)
    sid: str = ""


def fingerprint(parameters: Parameters) -> str:
    """What tells one request from another without telling its content."""
    return hashlib.sha256(json.dumps(parameters).encode()).hexdigest()


def refusal(record: Record, now: float, hold_seconds: int) -> TwilioConnectorError | None:
    """Why a send may not go on over *record*, which is not of state ``sent``; None if it may.

    A holder that died leaves ``sending`` behind: after its deadline that is as good as ``unknown``.
    """
    if record.state == State.SENDING and now <= record.until:
        return SendInProgressError("A send with this idempotencyKey is in progress.")
    if now < record.attempted + hold_seconds:
        return OutcomeUnknownError(
            "An earlier send with this idempotencyKey may have happened; "
            f"it is not repeated before {hold_seconds} seconds have passed since."
        )
    return None


class SendRecords:
    """The records in the state table. *clock* gives seconds since the epoch."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, clock: Callable[[], float] = time.time) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def claim(self, connection: str, key: str, wanted: str, seconds: float, hold_seconds: int) -> Record:
        """Take *key* for a send of the fingerprint *wanted* that ends within *seconds*.

        Returns the new record, of state ``sending``, or that of an earlier send, of state ``sent``. Raises
        :class:`IdempotencyConflictError`, :class:`SendInProgressError` and :class:`OutcomeUnknownError` when the key
        is not free.
        """
        now = self._clock()
        previous = self._find(connection, key, now)
        if previous:
            if previous.fingerprint != wanted:
                raise IdempotencyConflictError("The idempotencyKey was used before with a different request.")
            if previous.state == State.SENT:
                return previous
            if refused := refusal(previous, now, hold_seconds):
                raise refused
        record = Record(
            State.SENDING, wanted, uuid.uuid4().hex, int(now), int(now + seconds) + 1, int(now) + UNKNOWN_SECONDS
        )
        if not self._put(connection, key, record, over=previous.owner if previous else None):
            raise SendInProgressError("A send with this idempotencyKey is in progress.")
        return record

    def sent(self, connection: str, key: str, record: Record, sid: str) -> None:
        """Twilio accepted the message and called it *sid*."""
        done = replace(record, state=State.SENT, sid=sid, expiresAt=int(self._clock()) + SENT_SECONDS)
        self._put(connection, key, done, over=record.owner)

    def unknown(self, connection: str, key: str, record: Record) -> None:
        """The message may have been sent."""
        self._put(connection, key, replace(record, state=State.UNKNOWN), over=record.owner)

    def release(self, connection: str, key: str, record: Record) -> None:
        """The message was certainly not sent: the key is free again."""
        with calling("DynamoDB"):
            try:
                self._dynamodb.delete_item(
                    TableName=self._table,
                    Key=_item_key(connection, key),
                    ConditionExpression="#owner = :owner",
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues={":owner": {"S": record.owner}},
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException:
                # Someone took the key over after our deadline: it is theirs now.
                return

    def _find(self, connection: str, key: str, now: float) -> Record | None:
        with calling("DynamoDB"):
            found = self._dynamodb.get_item(TableName=self._table, Key=_item_key(connection, key), ConsistentRead=True)
        item = found.get("Item")
        record = _parse(item) if item else None
        # DynamoDB may take days to delete what has expired.
        return record if record and record.expiresAt > now else None

    def _put(self, connection: str, key: str, record: Record, over: str | None) -> bool:
        """Write *record* over that of the owner *over*, or where there is none; False if that is no longer so."""
        request: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": {**_item_key(connection, key), **_attributes(record)},
        }
        if over:
            request["ConditionExpression"] = "#owner = :over"
            request["ExpressionAttributeNames"] = {"#owner": "owner"}
            request["ExpressionAttributeValues"] = {":over": {"S": over}}
        else:
            request["ConditionExpression"] = "attribute_not_exists(pk) OR expiresAt <= :now"
            request["ExpressionAttributeValues"] = {":now": {"N": str(int(self._clock()))}}
        with calling("DynamoDB"):
            try:
                self._dynamodb.put_item(**request)
            except self._dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _item_key(connection: str, key: str) -> "dict[str, AttributeValueTypeDef]":
    return {"pk": {"S": f"send#{connection}#{hashlib.sha256(key.encode()).hexdigest()}"}, "sk": {"S": "record"}}


def _attributes(record: Record) -> "dict[str, AttributeValueTypeDef]":
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
        for name, value in asdict(record).items()
    }


def _parse(item: "dict[str, AttributeValueTypeDef]") -> Record:
    return Record(
        state=State(item["state"]["S"]),
        fingerprint=item["fingerprint"]["S"],
        owner=item["owner"]["S"],
        attempted=int(item["attempted"]["N"]),
        until=int(item["until"]["N"]),
        expiresAt=int(item["expiresAt"]["N"]),
        sid=item["sid"]["S"],
    )
