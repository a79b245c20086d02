"""The settings that numbers and services had before they were connected, kept in the stack's state table.

From there, unlike from a file on one machine, everyone who may operate the stack can put them back. One item for each,
``connect#<SID>``: ``former`` lists what was there, the oldest first, and ``connectedTo`` is the URL that it was last
set to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from operations.connect.target import Values

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SORT_KEY = "former"


@dataclass(frozen=True)
class Kept:
    """What is kept of one number or service."""

    former: Sequence[Values] = field(default=(), repr=False)
    connected_to: str = field(default="", repr=False)


def key_of(sid: str) -> dict[str, Any]:
    """The key of the item of the number or service *sid*."""
    return {"pk": {"S": f"connect#{sid}"}, "sk": {"S": SORT_KEY}}


class FormerValues:
    """The items in *table*. All methods raise what boto3 raises, a ``ClientError`` where another command interferes."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def of(self, sid: str) -> Kept:
        """What is kept of *sid*."""
        item = self._dynamodb.get_item(TableName=self._table, Key=key_of(sid), ConsistentRead=True).get("Item")
        if not item:
            return Kept()
        former = [{name: value["S"] for name, value in entry["M"].items()} for entry in item["former"]["L"]]
        return Kept(former, item["connectedTo"]["S"])

    def keep(self, sid: str, kept: Kept, values: Values, connected_to: str) -> None:
        """Add *values* to what is *kept*; nothing that is there is overwritten."""
        entry = {"M": {name: {"S": value} for name, value in values.items()}}
        self._dynamodb.update_item(
            TableName=self._table,
            Key=key_of(sid),
            UpdateExpression="SET former = list_append(if_not_exists(former, :none), :entry), connectedTo = :url",
            ConditionExpression="size(former) = :count" if kept.former else "attribute_not_exists(former)",
            ExpressionAttributeValues={
                ":none": {"L": []},
                ":entry": {"L": [entry]},
                ":url": {"S": connected_to},
                **(_count(kept) if kept.former else {}),
            },
        )

    def name(self, sid: str, kept: Kept, connected_to: str) -> None:
        """Save only that *sid* is connected to another URL now."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=key_of(sid),
            UpdateExpression="SET connectedTo = :url",
            ConditionExpression="size(former) = :count",
            ExpressionAttributeValues={":url": {"S": connected_to}, **_count(kept)},
        )

    def forget_last(self, sid: str, kept: Kept) -> None:
        """Remove the last of what is *kept*, once it is put back."""
        last = len(kept.former) - 1
        if last:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key_of(sid),
                UpdateExpression=f"REMOVE former[{last}]",
                ConditionExpression="size(former) = :count",
                ExpressionAttributeValues=_count(kept),
            )
            return
        self._dynamodb.delete_item(
            TableName=self._table,
            Key=key_of(sid),
            ConditionExpression="size(former) = :count",
            ExpressionAttributeValues=_count(kept),
        )


def _count(kept: Kept) -> dict[str, Any]:
    return {":count": {"N": str(len(kept.former))}}
