"""The tables of the examples in memory, with the key *pk*: what their functions ask of them."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from tests.support.aws_models import judged
from tests.support.dynamodb_expressions import Item, condition, updated


@judged("dynamodb")
class MemoryTable:
    """A client of one table, for several threads."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self._lock = Lock()

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        found = self.items.get(Key["pk"]["S"])
        return {"Item": dict(found)} if found else {}

    def put_item(self, *, TableName: str, Item: Item) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self.items[Item["pk"]["S"]] = dict(Item)
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
            found = self._where(Key, ConditionExpression, ExpressionAttributeValues)
            changed = updated({**Key, **found}, UpdateExpression, {}, ExpressionAttributeValues)
            self.items[Key["pk"]["S"]] = changed
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
            self._where(Key, ConditionExpression, ExpressionAttributeValues)
            del self.items[Key["pk"]["S"]]
        return {}

    def _where(self, key: Item, expression: str, values: Mapping[str, Any]) -> Item:
        found = self.items.get(key["pk"]["S"], {})
        if not condition(expression)(found, {}, values):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": "No"}}, "UpdateItem")
        return found
