"""The tables of the examples in memory: what their functions ask of them."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from tests.support.aws_models import judged
from tests.support.dynamodb_expressions import Item, condition, updated


@judged("dynamodb")
class MemoryTable:
    """A client of one table whose key is the attribute *key*, for several threads."""

    def __init__(self, key: str = "pk") -> None:
        self.key = key
        self.items: dict[str, Item] = {}
        self._lock = Lock()

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        found = self.items.get(Key[self.key]["S"])
        return {"Item": dict(found)} if found else {}

    def put_item(self, *, TableName: str, Item: Item) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self.keep(Item)
        return {}

    def update_item(
        self,
        *,
        TableName: str,  # noqa: N803  (boto3's names)
        Key: Item,  # noqa: N803
        UpdateExpression: str,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        ReturnValues: str = "NONE",  # noqa: N803
    ) -> dict[str, Any]:
        """As the client of boto3."""
        with self._lock:
            found = self.where(Key, ConditionExpression, ExpressionAttributeValues)
            changed = updated({**Key, **found}, UpdateExpression, {}, ExpressionAttributeValues)
            self.keep(changed)
        return {"Attributes": dict(changed)} if ReturnValues == "ALL_NEW" else {}

    def delete_item(
        self,
        *,
        TableName: str,  # noqa: N803  (boto3's names)
        Key: Item,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
    ) -> dict[str, Any]:
        """As the client of boto3."""
        with self._lock:
            self.where(Key, ConditionExpression, ExpressionAttributeValues)
            del self.items[Key[self.key]["S"]]
        return {}

    def where(self, key: Item, expression: str, values: Mapping[str, Any]) -> Item:
        """What is stored under *key*. Raises the ``ClientError`` of a condition that does not hold for it."""
        found = self.items.get(key[self.key]["S"], {})
        if not condition(expression)(found, {}, values):
            raise refusal("ConditionalCheckFailedException")
        return found

    def keep(self, item: Item) -> None:
        """Store *item* in the place of the one with its key."""
        self.items[item[self.key]["S"]] = dict(item)


def refusal(code: str) -> ClientError:
    """What the service answers instead of writing an item."""
    return ClientError({"Error": {"Code": code, "Message": "No"}}, "UpdateItem")
