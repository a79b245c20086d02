"""As much of DynamoDB as the state table uses, in memory: a client whose calls take no time.

It refuses what it does not know. `tests/integration/state` plays the same histories on it and on moto.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
}


class ItemsInMemory:
    """The client; *items* are those of its one table, by their keys."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    def get_item(self, *, Key: Item, **_: Any) -> dict[str, Any]:  # noqa: N803  (boto3's names, here and below)
        """As the client of boto3, as all that follow."""
        item = self.items.get(_key(Key))
        return {"Item": dict(item)} if item else {}

    def put_item(self, *, Item: Item, **_: Any) -> dict[str, Any]:  # noqa: N803
        """Without a condition."""
        self.items[_key(Item)] = dict(Item)
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Sets and removes attributes of an item if a condition holds."""
        key = _key(request["Key"])
        item = self.items.get(key, {})
        if not _holds(request, item):
            found: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, **({"Item": item} if item else {})}
            raise ClientError(found, "UpdateItem")
        changed = {**request["Key"], **item}
        sets, _, removes = request["UpdateExpression"].removeprefix("SET ").rpartition("REMOVE ")
        if "REMOVE" not in request["UpdateExpression"]:
            sets, removes = removes, ""
        for name, value in re.findall(r"(#\w+) = (:\w+)", sets):
            changed[request["ExpressionAttributeNames"][name]] = request["ExpressionAttributeValues"][value]
        for name in re.findall(r"#\w+", removes):
            changed.pop(request["ExpressionAttributeNames"][name], None)
        self.items[key] = changed
        return {"Attributes": dict(changed)}

    def query(self, **request: Any) -> dict[str, Any]:
        """The items of a partition, between two sort keys or all."""
        expression, values = request["KeyConditionExpression"], request["ExpressionAttributeValues"]
        assert expression in ("pk = :pk", "pk = :pk AND sk BETWEEN :low AND :high")
        low, high = (values.get(name, {"S": bound})["S"] for name, bound in ((":low", ""), (":high", "\U0010ffff")))
        keys = sorted(key for key in self.items if key[0] == values[":pk"]["S"] and low <= key[1] <= high)
        return {"Items": _projected((self.items[key] for key in keys), request)}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Of one table."""
        ((table, request),) = RequestItems.items()
        keys = [_key(key) for key in request["Keys"]]
        assert 1 <= len(set(keys)) == len(keys) <= 100
        found = _projected((self.items[key] for key in keys if key in self.items), request)
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def batch_write_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Of one table."""
        (requests,) = RequestItems.values()
        assert 1 <= len(requests) <= 25
        for request in requests:
            self._write(*_put_or_key(request.get("PutRequest") or request["DeleteRequest"]))
        return {"UnprocessedItems": {}}

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        """Puts and deletes."""
        writes = [write for item in TransactItems for write in item.values()]
        keys = [_key(write.get("Item") or write["Key"]) for write in writes]
        assert len(set(keys)) == len(keys)
        held = [_holds(write, self.items.get(key, {})) for write, key in zip(writes, keys, strict=True)]
        if not all(held):
            reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in held]
            response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(response, "TransactWriteItems")
        for write in writes:
            self._write(*_put_or_key(write))
        return {}

    def _write(self, item: Item | None, key: Item) -> None:
        if item is None:
            self.items.pop(_key(key), None)
        else:
            self.items[_key(item)] = dict(item)


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _put_or_key(write: dict[str, Any]) -> tuple[Item | None, Item]:
    return write.get("Item"), write.get("Item") or write["Key"]


def _projected(items: Iterable[Item], request: dict[str, Any]) -> list[Item]:
    names = request.get("ProjectionExpression")
    return [{name: item[name] for name in item if not names or name in names.split(", ")} for item in items]


def _holds(request: dict[str, Any], item: Item) -> bool:
    """Whether the condition of *request*, if it has one, holds for *item*."""
    text = request.get("ConditionExpression")
    if text is None:
        return True
    tokens = re.findall(r"[(),]|[<>=]+|[#:\w]+", text)
    result = _either(tokens, item, request)
    assert not tokens, f"not understood: {text}"
    return result


def _either(tokens: list[str], item: Item, request: dict[str, Any]) -> bool:
    result = _both(tokens, item, request)
    while tokens and tokens[0] == "OR":
        del tokens[0]
        result = _both(tokens, item, request) or result
    return result


def _both(tokens: list[str], item: Item, request: dict[str, Any]) -> bool:
    result = _one(tokens, item, request)
    while tokens and tokens[0] == "AND":
        del tokens[0]
        result = _one(tokens, item, request) and result
    return result


def _one(tokens: list[str], item: Item, request: dict[str, Any]) -> bool:
    first = tokens.pop(0)
    if first == "(":
        result = _either(tokens, item, request)
        assert tokens.pop(0) == ")"
        return result
    if first.startswith("attribute_"):
        _, name, _ = (tokens.pop(0) for _ in range(3))
        return (_name(name, request) in item) == {"attribute_exists": True, "attribute_not_exists": False}[first]
    comparison, value = COMPARISONS[tokens.pop(0)], request["ExpressionAttributeValues"][tokens.pop(0)]
    found = item.get(_name(first, request))
    return found is not None and found.keys() == value.keys() and comparison(_number(found), _number(value))


def _name(name: str, request: dict[str, Any]) -> str:
    return str(request["ExpressionAttributeNames"][name]) if name[0] == "#" else name


def _number(value: dict[str, Any]) -> Any:
    return Decimal(value["N"]) if "N" in value else value
