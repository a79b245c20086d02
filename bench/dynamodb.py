"""As much of DynamoDB as one client at a time needs: items are kept, conditions always hold, units are counted.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

import math
import threading
from typing import Any

from tests.support.dynamodb_expressions import Item, condition, updated


class Table:
    """One table's items, by the strings in their keys; the *writes* and consistent *reads* that it has charged for."""

    def __init__(self) -> None:
        self.writes = 0
        self.reads = 0
        self._items: dict[tuple[str, str], Item] = {}
        self._lock = threading.Lock()

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to an operation; ValueError for one that is not known."""
        with self._lock:
            match operation:
                case "GetItem":
                    item = self._items.get(_key(request["Key"]))
                    self._charge_read([item or {}])
                    return {"Item": item} if item else {}
                case "PutItem":
                    return self._put(request["Item"])
                case "DeleteItem":
                    self._write("Delete", request)
                    return {}
                case "UpdateItem":
                    return self._update(request)
                case "Query":
                    return self._query(request["KeyConditionExpression"], request["ExpressionAttributeValues"])
                case "TransactWriteItems":
                    before = self.writes
                    for write in request["TransactItems"]:
                        self._write(*next(iter(write.items())))
                    # Prepared and committed.
                    self.writes += self.writes - before
                    return {}
                case "BatchWriteItem":
                    for writes in request["RequestItems"].values():
                        for write in writes:
                            self._write(*next(iter(write.items())))
                    return {"UnprocessedItems": {}}
                case "BatchGetItem":
                    self.reads += sum(len(each["Keys"]) for each in request["RequestItems"].values())
                    found = {name: self._at(each["Keys"]) for name, each in request["RequestItems"].items()}
                    return {"Responses": found, "UnprocessedKeys": {}}
        raise ValueError(operation)

    def _write(self, kind: str, write: dict[str, Any]) -> None:
        if kind.startswith("Put"):
            self._put(write["Item"])
        elif kind == "Update":
            self._update(write)
        elif kind == "ConditionCheck":
            self._charge_write(self._items.get(_key(write["Key"]), {}))
        else:
            self._charge_write(self._items.pop(_key(write["Key"]), {}))

    def _put(self, item: Item) -> dict[str, Any]:
        self._charge_write(self._items.get(_key(item), {}), item)
        self._items[_key(item)] = item
        return {}

    def _update(self, request: dict[str, Any]) -> dict[str, Any]:
        key = _key(request["Key"])
        before = self._items.get(key, request["Key"])
        names, values = (request.get(f"ExpressionAttribute{kind}", {}) for kind in ("Names", "Values"))
        self._items[key] = updated(before, request["UpdateExpression"], names, values)
        self._charge_write(before, self._items[key])
        return {"Attributes": self._items[key]}

    def _at(self, keys: list[Item]) -> list[Item]:
        return [item for key in keys if (item := self._items.get(_key(key)))]

    def _query(self, expression: str, values: dict[str, Any]) -> dict[str, Any]:
        holds = condition(expression)
        # The partition first, which is cheap: what this takes counts as DynamoDB's.
        partition = [item for item in self._items.values() if item["pk"] == values[":pk"]]
        found = [item for item in partition if holds(item, {}, values)]
        self._charge_read(found)
        return {"Items": found, "Count": len(found)}

    def _charge_write(self, *states: Item) -> None:
        self.writes += max(1, math.ceil(max(map(_size, states)) / 1024))

    def _charge_read(self, items: list[Item]) -> None:
        self.reads += max(1, math.ceil(sum(map(_size, items)) / 4096))


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _size(attributes: Item) -> int:
    return sum(len(name) + _value_size(value) for name, value in attributes.items())


def _value_size(value: dict[str, Any]) -> int:
    match value:
        case {"S": text}:
            return len(text.encode())
        case {"N": digits}:
            return len(digits) // 2 + 2
        case {"B": base64}:
            return len(base64) * 3 // 4
        case {"M": members}:
            return 3 + len(members) + _size(members)
    return 1
