"""DynamoDB in memory: what the connector asks of it, some hundred times faster than moto.

``tests/integration/polling/test_memory_dynamodb.py`` and ``tests/integration/state`` hold it against moto.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from sortedcontainers import SortedDict

from tests.support.aws_models import judged
from tests.support.dynamodb_expressions import Item, condition, updated

# Of BatchGetItem and BatchWriteItem.
MAX_READ_KEYS, MAX_WRITE_ITEMS = 100, 25
MAX_TRANSACT_ITEMS = 100


@judged("dynamodb")
class MemoryDynamoDB:
    """A client of one table with the keys *pk* and *sk*, both strings.

    A read that does not ask for consistency finds each item as it was before it was last written: as late as the
    service may be. A page of a query holds *page_items* items at most: the service's hold a megabyte.
    """

    def __init__(self, page_items: int = 1_000) -> None:
        self._partitions: dict[str, Any] = {}
        self._earlier: dict[str, Any] = {}
        self._page_items = page_items

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        found = self._at(Key, consistent=ConsistentRead)
        return {"Item": dict(found)} if found else {}

    def put_item(self, *, TableName: str, Item: Item) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self._age(Item)
        self._partitions.setdefault(Item["pk"]["S"], SortedDict())[Item["sk"]["S"]] = dict(Item)
        return {}

    def delete_item(self, *, TableName: str, Key: Item) -> dict[str, Any]:  # noqa: N803  (boto3's names)
        """As the client of boto3."""
        self._age(Key)
        self._partitions.get(Key["pk"]["S"], {}).pop(Key["sk"]["S"], None)
        return {}

    def update_item(
        self,
        *,
        TableName: str,  # noqa: N803  (boto3's names)
        Key: Item,  # noqa: N803
        UpdateExpression: str,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeNames: Mapping[str, str],  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        ReturnValues: str = "NONE",  # noqa: N803
        ReturnValuesOnConditionCheckFailure: str = "NONE",  # noqa: N803
    ) -> dict[str, Any]:
        """As the client of boto3."""
        given = (ExpressionAttributeNames, ExpressionAttributeValues)
        _check_use(UpdateExpression + " " + ConditionExpression, *given)
        found = self._at(Key)
        if not condition(ConditionExpression)(found, *given):
            error = {"Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"}
            response: Any = {"Error": error}
            if found and ReturnValuesOnConditionCheckFailure == "ALL_OLD":
                response["Item"] = dict(found)
            raise ClientError(response, "UpdateItem")
        changed = updated({**Key, **found}, UpdateExpression, *given)
        self.put_item(TableName=TableName, Item=changed)
        return {"Attributes": dict(changed)} if ReturnValues == "ALL_NEW" else {}

    def query(
        self,
        *,
        TableName: str,  # noqa: N803  (boto3's names)
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        ProjectionExpression: str = "",  # noqa: N803
        ConsistentRead: bool = False,  # noqa: N803
        ExclusiveStartKey: Item | None = None,  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
    ) -> dict[str, Any]:
        """As the client of boto3, for a condition on *pk* by ``pk = :pk``."""
        _check_use(KeyConditionExpression, {}, ExpressionAttributeValues)
        holds = condition(KeyConditionExpression)
        after = ExclusiveStartKey["sk"]["S"] if ExclusiveStartKey else None
        partitions = self._partitions if ConsistentRead else self._earlier
        partition = partitions.get(ExpressionAttributeValues[":pk"]["S"])
        bounds = (after, None) if ScanIndexForward else (None, after)
        items: Any = partition if partition is not None else SortedDict()
        following = (items[key] for key in items.irange(*bounds, (False, False), reverse=not ScanIndexForward))
        chosen = [item for item in following if holds(item, {}, ExpressionAttributeValues)]
        page = chosen[: self._page_items]
        # As the service does: whether more follows it does not know before it has looked.
        full = len(page) == self._page_items
        last = {"LastEvaluatedKey": {key: page[-1][key] for key in ("pk", "sk")}} if full else {}
        return {"Items": [_projected(item, ProjectionExpression) for item in page], **last}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        ((table, request),) = RequestItems.items()
        keys = request["Keys"]
        _check_batch(keys, MAX_READ_KEYS)
        consistent = request.get("ConsistentRead", False)
        found = [item for key in keys if (item := self._at(key, consistent=consistent))]
        items = [_projected(item, request.get("ProjectionExpression", "")) for item in found]
        return {"Responses": {table: items}, "UnprocessedKeys": {}}

    def batch_write_item(self, *, RequestItems: Mapping[str, Sequence[Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        ((table, requests),) = RequestItems.items()
        keys = [
            each["DeleteRequest"]["Key"] if "DeleteRequest" in each else each["PutRequest"]["Item"] for each in requests
        ]
        _check_batch(keys, MAX_WRITE_ITEMS)
        for each in requests:
            if "DeleteRequest" in each:
                self.delete_item(TableName=table, Key=each["DeleteRequest"]["Key"])
            else:
                self.put_item(TableName=table, Item=each["PutRequest"]["Item"])
        return {"UnprocessedItems": {}}

    def transact_write_items(
        self,
        *,
        TransactItems: Sequence[Mapping[str, Any]],  # noqa: N803  (boto3's names)
        ClientRequestToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        """As the client of boto3; it does not remember tokens."""
        writes = [write for each in TransactItems for write in each.values()]
        keys = [write.get("Item") or write["Key"] for write in writes]
        _check_batch(keys, MAX_TRANSACT_ITEMS)
        held = [self._holds(write, self._at(key)) for write, key in zip(writes, keys, strict=True)]
        if not all(held):
            reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in held]
            error = {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
            response: Any = {"Error": error, "CancellationReasons": reasons}
            raise ClientError(response, "TransactWriteItems")
        for write in writes:
            if "Item" in write:
                self.put_item(TableName=write["TableName"], Item=write["Item"])
            elif "UpdateExpression" in write:
                self.update_item(**write)
            else:
                self.delete_item(TableName=write["TableName"], Key=write["Key"])
        return {}

    def items(self) -> Iterator[Item]:
        """Everything, in the order of the keys."""
        for _, partition in sorted(self._partitions.items()):
            yield from partition.values()

    @staticmethod
    def _holds(write: Mapping[str, Any], found: Item) -> bool:
        """Whether the condition of a *write*, if it has one, holds for the item that was *found*."""
        expression = write.get("ConditionExpression")
        given = (write.get("ExpressionAttributeNames", {}), write.get("ExpressionAttributeValues", {}))
        return expression is None or condition(expression)(found, *given)

    def _at(self, key: Item, *, consistent: bool = True) -> Item:
        partitions = self._partitions if consistent else self._earlier
        found: Item = partitions.get(key["pk"]["S"], {}).get(key["sk"]["S"], {})
        return found

    def _age(self, key: Item) -> None:
        """Keep the item at *key* as it is, before it is written."""
        earlier = self._earlier.setdefault(key["pk"]["S"], SortedDict())
        earlier.pop(key["sk"]["S"], None)
        if found := self._at(key):
            earlier[key["sk"]["S"]] = found


def invalid(message: str) -> ClientError:
    """What the service says of a request that it does not take."""
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "AnyOperation")


def _check_use(expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
    words = set(expression.replace("(", " ").replace(")", " ").replace(",", " ").split())
    if unused := (names.keys() | values.keys()) - words:
        raise invalid(f"unused in expressions: {sorted(unused)}")


def _check_batch(keys: Sequence[Item], most: int) -> None:
    distinct = {(key["pk"]["S"], key["sk"]["S"]) for key in keys}
    if not 1 <= len(keys) <= most or len(distinct) != len(keys):
        raise invalid("too many keys, none, or one twice")


def _projected(item: Item, expression: str) -> Item:
    names = expression.replace(",", " ").split()
    return {name: item[name] for name in names if name in item} if names else dict(item)
