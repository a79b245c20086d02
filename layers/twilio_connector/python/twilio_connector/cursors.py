"""Cursors in the state table: how far each (connection, from, to) has come, and who is polling it.

One item a cursor in the state table. It changes by conditional writes alone: a lease keeps two polls of one cursor
apart, and whoever lost it can no longer save.
"""

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from twilio_connector.aws import calling
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.windows import Cursor, Position, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

# How long a lease outlasts the end of its holder's invocation.
LEASE_GRACE_SECONDS = 30


class Lease:
    """The right to move one cursor until it is released, or until its term ends."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pk: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._pk = pk
        self._owner = uuid.uuid4().hex
        self._version = 0

    def take(self, now: int, seconds: float) -> tuple[bool, Cursor | None]:
        """Take the lease for *seconds* and a grace period.

        Returns whether it was free, and the cursor as it is, None if there is none yet.
        """
        with calling("DynamoDB"):
            try:
                answer = self._dynamodb.update_item(
                    TableName=self._table,
                    Key=self._key,
                    UpdateExpression="SET #owner = :owner, #until = :until",
                    ConditionExpression="attribute_not_exists(#owner) OR #until < :now",
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
                # boto3's types do not know what ReturnValuesOnConditionCheckFailure adds to the error.
                item = cast("dict[str, AttributeValueTypeDef]", exc.response.get("Item", {}))
                return False, _parse(item)
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
        self._update("SET #at = :at, #floor = :floor, #window = :window, #undated = :undated, #version = :next", values)
        self._version += 1

    def release(self) -> None:
        """Let the next poll go on at once."""
        self._update("REMOVE #owner, #until", {})

    @property
    def _key(self) -> "dict[str, AttributeValueTypeDef]":
        return {"pk": {"S": self._pk}, "sk": {"S": "cursor"}}

    def _update(self, expression: str, values: "dict[str, AttributeValueTypeDef]") -> None:
        condition = "#owner = :owner AND (#version = :version OR attribute_not_exists(#version))"
        names = {f"#{name}": name for name in ("owner", "until", "version", "at", "floor", "window", "undated")}
        held: dict[str, AttributeValueTypeDef] = {":owner": {"S": self._owner}, ":version": {"N": str(self._version)}}
        with calling("DynamoDB"):
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
                    ExpressionAttributeValues={**held, **values},
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException as exc:
                raise ServiceUnavailableError("Another poll has taken over this cursor.") from exc


def cursor_key(connection: str, sender: str | None, recipient: str | None) -> str:
    """The partition key of the cursor of (connection, from, to), numbers normalised."""
    return f"poll#{connection}#{sender or ''}#{recipient or ''}"


def _window_item(window: Window | None) -> "AttributeValueTypeDef":
    if window is None:
        return {"NULL": True}
    item: dict[str, AttributeValueTypeDef] = {
        name: {"N": str(second)}
        for name, second in (("low", window.low), ("high", window.high), ("keptFrom", window.kept_from))
    }
    if window.position:
        item["second"] = {"N": str(window.position.second)}
        if window.position.uri:
            item["uri"] = {"S": window.position.uri}
    return {"M": item}


def _parse(item: "Mapping[str, AttributeValueTypeDef]") -> Cursor | None:
    if "at" not in item:
        return None
    stored = item["window"].get("M")
    window = None
    if stored:
        position = Position(int(stored["second"]["N"]), stored.get("uri", {}).get("S")) if "second" in stored else None
        low, high, kept_from = (int(stored[name]["N"]) for name in ("low", "high", "keptFrom"))
        window = Window(low, high, kept_from, position)
    return Cursor(int(item["at"]["N"]), int(item["floor"]["N"]), window, int(item["undated"]["N"]))
