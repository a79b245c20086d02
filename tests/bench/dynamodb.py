"""As much of DynamoDB as one client at a time needs: items are kept, conditions always hold."""

import threading
from typing import Any

Item = dict[str, Any]


class Table:
    """One table's items, by the strings in their keys."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}
        self._lock = threading.Lock()

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to an operation; ValueError for one that is not known."""
        with self._lock:
            match operation:
                case "GetItem":
                    item = self._items.get(_key(request["Key"]))
                    return {"Item": item} if item else {}
                case "PutItem":
                    return self._put(request["Item"])
                case "UpdateItem":
                    return self._update(request)
                case "Query":
                    return self._query(request["ExpressionAttributeValues"])
                case "TransactWriteItems":
                    for write in request["TransactItems"]:
                        self._write(*next(iter(write.items())))
                    return {}
                case "BatchWriteItem":
                    for writes in request["RequestItems"].values():
                        for write in writes:
                            self._write(*next(iter(write.items())))
                    return {"UnprocessedItems": {}}
                case "BatchGetItem":
                    return {"Responses": {name: [] for name in request["RequestItems"]}, "UnprocessedKeys": {}}
        raise ValueError(operation)

    def _write(self, kind: str, write: dict[str, Any]) -> None:
        if kind.startswith("Put"):
            self._put(write["Item"])
        else:
            self._items.pop(_key(write["Key"]), None)

    def _put(self, item: Item) -> dict[str, Any]:
        self._items[_key(item)] = item
        return {}

    def _update(self, request: dict[str, Any]) -> dict[str, Any]:
        item = self._items.setdefault(_key(request["Key"]), dict(request["Key"]))
        names = request["ExpressionAttributeNames"]
        verb, _, rest = request["UpdateExpression"].partition(" ")
        for part in rest.split(", "):
            name, _, value = part.partition(" = ")
            if verb == "SET":
                item[names[name]] = request["ExpressionAttributeValues"][value]
            else:
                item.pop(names[name], None)
        return {"Attributes": item}

    def _query(self, values: dict[str, Any]) -> dict[str, Any]:
        low, high = (values.get(name, {"S": bound})["S"] for name, bound in ((":low", ""), (":high", "~")))
        found = [item for (pk, sk), item in self._items.items() if pk == values[":pk"]["S"] and low <= sk <= high]
        return {"Items": found, "Count": len(found)}


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
