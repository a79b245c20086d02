"""Cursors in the state table: how far each (connection, from, to) has come, and who is polling it.

One item a cursor in the state table. It changes by conditional writes alone: a lease keeps two polls of one cursor
apart, and whoever lost it can no longer save.
"""

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from twilio_connector.aws import translated_errors
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.polling.budget import LEASE_GRACE_SECONDS
from twilio_connector.polling.cursor import Cursor, DrainedTo, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


class Lease:
    """The right to move one cursor until it is released, or until its term ends."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pk: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._pk = pk
        self._owner = uuid.uuid4().hex
        self._version = 0

    def acquire(self, now: int, seconds: float) -> tuple[bool, Cursor | None]:
        """Acquire the lease for *seconds* and a grace period.

        Returns whether it was free, and the cursor as it is, None if there is none yet.
        """
        with translated_errors("DynamoDB"):
            try:
                answer = self._dynamodb.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression="SET #owner = :owner, #until = :until",
                    # Its own, too: botocore tries again where an answer is lost.
                    ConditionExpression="attribute_not_exists(#owner) OR #until < :now OR #owner = :owner",
                    ExpressionAttributeNames={"#owner": "owner", "#until": "until"},
                    ExpressionAttributeValues={
                        ":owner": {"S": self._owner},
                        ":until": {"N": str(int(now + seconds) + LEASE_GRACE_SECONDS)},
                        ":now": {"N": str(now)},
                    },
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException as exc:
                return False, _parse(_item_of(exc))
        self._version = int(answer["Attributes"].get("version", {"N": "0"})["N"])
        return True, _parse(answer["Attributes"])

    def save(self, cursor: Cursor) -> None:
        """Save the cursor. Raises :class:`ServiceUnavailableError` if the lease was lost or DynamoDB fails."""
        values: dict[str, AttributeValueTypeDef] = {
            ":at": {"N": str(cursor.at)},
            ":floor": {"N": str(cursor.floor)},
            ":window": _window_item(cursor.window),
            ":undated": {"N": str(cursor.newest_undated)},
            ":next": {"N": str(self._version + 1)},
        }
        found = self._update(
            "SET #at = :at, #floor = :floor, #window = :window, #undated = :undated, #version = :next",
            "#owner = :owner AND (#version = :version OR attribute_not_exists(#version))",
            {":version": {"N": str(self._version)}, **values},
        )
        # botocore tries again where an answer is lost: then what was to be saved stands there already.
        if found is not None and (found.get("owner"), found.get("version")) != ({"S": self._owner}, values[":next"]):
            raise ServiceUnavailableError("Another poll has taken over this cursor.")
        self._version += 1

    def release(self) -> None:
        """Let the next poll go on at once; nothing happens if the lease was lost."""
        self._update("REMOVE #owner, #until", "#owner = :owner", {})

    @property
    def _key(self) -> "dict[str, AttributeValueTypeDef]":
        return {"pk": {"S": self._pk}, "sk": {"S": "cursor"}}

    def _update(self, expression: str, condition: str, values: "dict[str, AttributeValueTypeDef]") -> "Item | None":
        """Change the item; returns it as it is if the *condition* does not hold, else None."""
        names = {f"#{name}": name for name in ("owner", "until", "version", "at", "floor", "window", "undated")}
        with translated_errors("DynamoDB"):
            try:
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression=expression,
                    ConditionExpression=condition,
                    # DynamoDB refuses names that are not used.
                    ExpressionAttributeNames={
                        key: name for key, name in names.items() if key in expression + condition
                    },
                    ExpressionAttributeValues={":owner": {"S": self._owner}, **values},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException as exc:
                return _item_of(exc)
        return None


def cursor_key(connection: str, sender: str | None, recipient: str | None) -> str:
    """The partition key of the cursor of (connection, from, to), numbers normalised."""
    return f"poll#{connection}#{sender or ''}#{recipient or ''}"


def _item_of(failure: Exception) -> "Item":
    """The item that a condition did not hold for, which boto3's types do not know of."""
    return cast("Item", getattr(failure, "response", {}).get("Item", {}))


def _window_item(window: Window | None) -> "AttributeValueTypeDef":
    if window is None:
        return {"NULL": True}
    item: dict[str, AttributeValueTypeDef] = {
        name: {"N": str(second)}
        for name, second in (("low", window.low), ("high", window.high), ("keptFrom", window.remember_from))
    }
    if window.drained_to:
        item["second"] = {"N": str(window.drained_to.second)}
        if window.drained_to.uri:
            item["uri"] = {"S": window.drained_to.uri}
    return {"M": item}


def _parse(item: "Item") -> Cursor | None:
    if "at" not in item:
        return None
    stored = item["window"].get("M")
    window = drained_to = None
    if stored:
        if "second" in stored:
            drained_to = DrainedTo(int(stored["second"]["N"]), stored.get("uri", {}).get("S"))
        low, high, remember_from = (int(stored[name]["N"]) for name in ("low", "high", "keptFrom"))
        window = Window(low, high, remember_from, drained_to)
    return Cursor(int(item["at"]["N"]), int(item["floor"]["N"]), window, int(item["undated"]["N"]))
