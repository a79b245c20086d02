"""Sends in the state table, changed so that neither two callers nor a crash can make one of them two.

Several items change together or not at all: a message is claimed for its send in the same moment in which the request
stops being in flight. So whoever finds a message listed, then finds no request in flight that could have made it, and
then can still claim it, has found one that nobody else reports. A request whose holder died counts as in flight for all
that was created in its time: the holder may have reported the message and failed to write so.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from twilio_connector.aws import calling
from twilio_connector.errors import (
    IdempotencyConflictError,
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
)
from twilio_connector.send_items import (
    UNCHANGED,
    UNCHANGED_NAMES,
    flight_item,
    flight_key,
    holder,
    may_have_made,
    message_item,
    parse_record,
    record_item,
    record_key,
    unchanged_values,
)
from twilio_connector.send_records import Record, Send, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# How often a transaction is tried that meets another one.
ATTEMPTS = 4


class Claim(NamedTuple):
    """The *record* that was taken or, of state ``sent``, found; *earlier* is one whose outcome is not known."""

    record: Record
    earlier: Record | None = None


class SendTable:
    """The items of sends in the table *name*. *clock* gives seconds since the epoch.

    Every method raises :class:`ServiceUnavailableError`.
    """

    def __init__(self, dynamodb: "DynamoDBClient", name: str, clock: Callable[[], float] = time.time) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._clock = clock

    def claim(self, send: Send, seconds: float) -> Claim:
        """Take the key of *send* for *seconds*; one that is free is taken for a request in flight.

        Raises :class:`IdempotencyConflictError` and :class:`SendInProgressError`.
        """
        now = self._clock()
        earlier = self._find(send, now)
        if earlier and earlier.fingerprint != send.fingerprint:
            raise IdempotencyConflictError("The idempotencyKey was used before with a different request.")
        if earlier and earlier.state == State.SENT:
            return Claim(earlier)
        if earlier is None:
            record = Record.new(send.fingerprint, now, seconds)
            taken = self._write(self._put_new(send, record), self._put_flight(send, record))
        else:
            record = earlier.taken_over(now, seconds)
            taken = not earlier.is_held(now) and self._write(self._put(send, record, over=earlier))
        if not taken:
            raise SendInProgressError("A send with this idempotencyKey is in progress.")
        return Claim(record, earlier)

    def attempt_again(self, send: Send, record: Record) -> Record:
        """Let the holder of *record* send another time. Raises :class:`SendInProgressError` if it is no longer that."""
        again = record.attempted_again(self._clock())
        if not self._write(self._put(send, again, over=record), self._put_flight(send, again)):
            raise SendInProgressError("A send with this idempotencyKey is in progress.")
        return again

    def sent(self, send: Send, record: Record, sid: str) -> None:
        """Twilio called the message of *record*'s request *sid*: nothing that others wrote is truer than that."""
        now = self._clock()
        done = record.sent_as(sid, now)
        self._write(
            {"Put": {"TableName": self._name, "Item": record_item(send, done)}},
            {"Put": {"TableName": self._name, "Item": message_item(send, sid, now)}},
            self._delete_flight(send, record),
        )

    def landed(self, send: Send, record: Record) -> None:
        """The request of *record* is no longer in flight; what became of it is not known."""
        self._write(self._delete_flight(send, record))

    def adopt(self, send: Send, record: Record, sid: str, created: int | None) -> bool:
        """Make the listed message *sid* that of *record*; False where it is another send's.

        Raises :class:`OutcomeUnknownError` where it may yet turn out to be another's.
        """
        if self._may_be_anothers(send, record, created):
            raise OutcomeUnknownError("Another send of this text to this recipient may have made the message.")
        now = self._clock()
        return self._write(
            {
                "Put": {
                    "TableName": self._name,
                    "Item": message_item(send, sid, now),
                    "ConditionExpression": "attribute_not_exists(pk) OR holder = :holder",
                    "ExpressionAttributeValues": {":holder": {"S": holder(send)}},
                }
            },
            self._put(send, record.sent_as(sid, now), over=record),
            self._delete_flight(send, record),
        )

    def unknown(self, send: Send, record: Record) -> None:
        """The message of *record* may have been sent."""
        self._write(self._put(send, record.left_unknown(), over=record))

    def release(self, send: Send, record: Record, earlier: Record | None) -> None:
        """The request of *record* was certainly not accepted: the key is free again, or what *earlier* left of it."""
        back: TransactWriteItemTypeDef
        if earlier:
            back = self._put(send, earlier.left_unknown(), over=record)
        else:
            back = {
                "Delete": {
                    "TableName": self._name,
                    "Key": record_key(send),
                    "ConditionExpression": UNCHANGED,
                    "ExpressionAttributeNames": UNCHANGED_NAMES,
                    "ExpressionAttributeValues": unchanged_values(record),
                }
            }
        self._write(back, self._delete_flight(send, record))

    def _find(self, send: Send, now: float) -> Record | None:
        with calling("DynamoDB"):
            found = self._dynamodb.get_item(TableName=self._name, Key=record_key(send), ConsistentRead=True)
        record = parse_record(found["Item"]) if "Item" in found else None
        # DynamoDB may take days to delete what has expired.
        return record if record and record.expiresAt > now else None

    def _may_be_anothers(self, send: Send, record: Record, created: int | None) -> bool:
        with calling("DynamoDB"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._name,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": flight_key(send, record)["pk"]},
            )
            return any(may_have_made(item, send, created) for page in pages for item in page["Items"])

    def _write(self, *items: "TransactWriteItemTypeDef") -> bool:
        """Write all *items* or none; False where a condition did not hold."""
        codes: set[str] = set()
        for _ in range(ATTEMPTS):
            with calling("DynamoDB"):
                try:
                    self._dynamodb.transact_write_items(TransactItems=items)
                    return True
                except self._dynamodb.exceptions.TransactionCanceledException as exc:
                    codes = {reason.get("Code", "None") for reason in exc.response["CancellationReasons"]} - {"None"}
            if "ConditionalCheckFailed" in codes:
                return False
            if codes != {"TransactionConflict"}:
                break
        raise ServiceUnavailableError(f"DynamoDB refused the request: {', '.join(sorted(codes))}.")

    def _put(self, send: Send, record: Record, over: Record) -> "TransactWriteItemTypeDef":
        """The record, in the place of *over*."""
        return {
            "Put": {
                "TableName": self._name,
                "Item": record_item(send, record),
                "ConditionExpression": UNCHANGED,
                "ExpressionAttributeNames": UNCHANGED_NAMES,
                "ExpressionAttributeValues": unchanged_values(over),
            }
        }

    def _put_new(self, send: Send, record: Record) -> "TransactWriteItemTypeDef":
        """The record, where there is none but perhaps one that has expired."""
        return {
            "Put": {
                "TableName": self._name,
                "Item": record_item(send, record),
                "ConditionExpression": "attribute_not_exists(pk) OR expiresAt <= :now",
                "ExpressionAttributeValues": {":now": {"N": str(int(self._clock()))}},
            }
        }

    def _put_flight(self, send: Send, record: Record) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._name, "Item": flight_item(send, record)}}

    def _delete_flight(self, send: Send, record: Record) -> "TransactWriteItemTypeDef":
        return {"Delete": {"TableName": self._name, "Key": flight_key(send, record)}}
