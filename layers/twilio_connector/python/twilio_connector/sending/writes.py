"""What a transaction of sends is made of: single writes of the state table, each with the condition that it has."""

from typing import TYPE_CHECKING, Any, cast

from twilio_connector.sending.items import flight_item, flight_key, message_item, record_item, record_key, send_id
from twilio_connector.sending.records import Record, Send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from twilio_connector.sending.items import Item


class Writes:
    """Writes of one *send* in the table *name*. Times are seconds since the epoch."""

    def __init__(self, name: str, send: Send) -> None:
        self._name = name
        self._send = send

    def new_record(self, record: Record, now: float) -> "TransactWriteItemTypeDef":
        """The record, where there is none but perhaps one that has expired."""
        return self._put(
            record_item(self._send, record),
            ConditionExpression="attribute_not_exists(pk) OR expiresAt <= :now",
            ExpressionAttributeValues={":now": {"N": str(int(now))}},
        )

    def record(self, record: Record, over: Record) -> "TransactWriteItemTypeDef":
        """The record, in the place of *over*, which must not have been taken over or ended."""
        return self._put(record_item(self._send, record), **_unchanged(over))

    def overwrite_record(self, record: Record) -> "TransactWriteItemTypeDef":
        """The record, replacing any other item."""
        return self._put(record_item(self._send, record))

    def no_record(self, over: Record) -> "TransactWriteItemTypeDef":
        """The record *over* is deleted, unless it has been taken over or ended."""
        return self._write("Delete", Key=record_key(self._send), **_unchanged(over))

    def flight(self, record: Record) -> "TransactWriteItemTypeDef":
        """The request of *record* is in flight."""
        return self._put(flight_item(self._send, record))

    def lost_flight(self, record: Record) -> "TransactWriteItemTypeDef":
        """The request of *record*, which is in flight, has lost its answer."""
        item = flight_item(self._send, record, is_lost=True)
        return self._put(item, ConditionExpression="attribute_exists(pk)")

    def end_request(self, record: Record) -> "TransactWriteItemTypeDef":
        """It is decided what became of the request of *record*."""
        return self._write("Delete", Key=flight_key(self._send, record))

    def message(self, sid: str, now: float, *, calls_back: bool) -> "TransactWriteItemTypeDef":
        """The message *sid* belongs to the send, replacing any other item."""
        return self._put(message_item(self._send, sid, now, calls_back=calls_back))

    def claim_message(self, sid: str, now: float) -> "TransactWriteItemTypeDef":
        """The message *sid* is the send's, unless it is another's."""
        return self._put(
            message_item(self._send, sid, now),
            ConditionExpression="attribute_not_exists(pk) OR holder = :holder",
            ExpressionAttributeValues={":holder": {"S": send_id(self._send)}},
        )

    def _put(self, item: "Item", **condition: Any) -> "TransactWriteItemTypeDef":
        return self._write("Put", Item=item, **condition)

    def _write(self, kind: str, **what: Any) -> "TransactWriteItemTypeDef":
        return cast("TransactWriteItemTypeDef", {kind: {"TableName": self._name, **what}})


def _unchanged(record: Record) -> dict[str, Any]:
    """The condition that *record* has not been taken over, and that its owner has not ended it."""
    return {
        "ConditionExpression": "#owner = :owner AND #state = :state",
        "ExpressionAttributeNames": {"#owner": "owner", "#state": "state"},
        "ExpressionAttributeValues": {":owner": {"S": record.owner}, ":state": {"S": record.state}},
    }
