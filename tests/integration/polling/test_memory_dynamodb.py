"""The DynamoDB in memory against moto's: the same calls, the same answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.moto_clients import moto_client
from tests.support.world import TABLE, create_table

OWNERS = st.sampled_from(["one", "other"])
SECONDS = st.integers(8, 12)
SORT_KEYS = st.sampled_from(
    ["cursor", "chunk#00000000009#a", "chunk#00000000010", "chunk#00000000010#é", "undated#SM1"]
)
NAMES = ("owner", "until", "version", "at", "window", "unproven")

# A call is an operation and its arguments, but for the table; its partition keys are named by their number.
Call = tuple[str, dict[str, Any]]


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def key(sort_key: str, partition: int = 0) -> dict[str, Any]:
    return {"pk": {"S": f"{partition}"}, "sk": {"S": sort_key}}


def item(sort_key: str, second: int) -> dict[str, Any]:
    return {**key(sort_key), "sids": {"B": bytes([second])}, "expiresAt": number(second)}


def update(sort_key: str, expression: str, condition: str, values: dict[str, Any]) -> Call:
    names = {f"#{name}": name for name in NAMES if f"#{name}" in expression + condition}
    return "update_item", {
        "Key": key(sort_key),
        "UpdateExpression": expression,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def acquire(sort_key: str, owner: str, until: int, now: int) -> Call:
    values = {":owner": {"S": owner}, ":until": number(until), ":now": number(now)}
    condition = "attribute_not_exists(#owner) OR #until < :now OR #owner = :owner"
    return update(sort_key, "SET #owner = :owner, #until = :until", condition, values)


def save(sort_key: str, owner: str, version: int, proven: bool) -> Call:
    values = {
        ":at": number(version + 100),
        ":window": {"M": {"low": number(version), "parts": {"L": [number(1), number(2)]}, "ordered": {"BOOL": proven}}},
        ":next": number(version + 1),
        ":owner": {"S": owner},
        ":version": number(version),
    }
    expression = "SET #at = :at, #window = :window, #version = :next"
    return update(
        sort_key,
        expression + (" REMOVE #unproven" if proven else ", #unproven = :next"),
        "#owner = :owner AND (#version = :version OR attribute_not_exists(#version))",
        values,
    )


def release(sort_key: str, owner: str) -> Call:
    return update(sort_key, "REMOVE #owner, #until", "#owner = :owner", {":owner": {"S": owner}})


def query(low: int, high: int, projection: str | None) -> Call:
    values = {":pk": {"S": "0"}, ":low": {"S": f"chunk#{low:011}"}, ":high": {"S": f"chunk#{high:011}"}}
    return "query", {
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
        **({"ProjectionExpression": projection} if projection else {}),
    }


def batch_get(sort_keys: list[str], partition: int) -> Call:
    request = {
        "Keys": [key(each, partition) for each in sort_keys],
        "ProjectionExpression": "sk",
        "ConsistentRead": True,
    }
    return "batch_get_item", {"RequestItems": {TABLE: request}}


def batch_write(second: int, sort_keys: list[str], puts: int) -> Call:
    writes: list[Any] = [{"PutRequest": {"Item": item(each, second)}} for each in sort_keys[:puts]]
    writes += [{"DeleteRequest": {"Key": key(each)}} for each in sort_keys[puts:]]
    return "batch_write_item", {"RequestItems": {TABLE: writes}}


SOME_KEYS = st.lists(SORT_KEYS, min_size=1, max_size=3, unique=True)
CALLS = st.one_of(
    st.builds(acquire, SORT_KEYS, OWNERS, SECONDS, SECONDS),
    st.builds(save, SORT_KEYS, OWNERS, st.integers(0, 2), st.booleans()),
    st.builds(release, SORT_KEYS, OWNERS),
    st.builds(query, SECONDS, SECONDS, st.sampled_from([None, "sids", "pk, sk"])),
    st.builds(batch_get, SOME_KEYS, st.integers(0, 1)),
    st.builds(batch_write, SECONDS, SOME_KEYS, st.integers(0, 3)),
    st.builds(lambda sort_key, second: ("put_item", {"Item": item(sort_key, second)}), SORT_KEYS, SECONDS),
    st.builds(lambda sort_key: ("get_item", {"Key": key(sort_key), "ConsistentRead": True}), SORT_KEYS),
    st.builds(lambda sort_key: ("delete_item", {"Key": key(sort_key)}), SORT_KEYS),
)


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        create_table()
        yield moto_client("dynamodb")


def empty(moto: Any) -> None:
    """Delete what the history before has left."""
    for found in moto.scan(TableName=TABLE)["Items"]:
        moto.delete_item(TableName=TABLE, Key={name: found[name] for name in ("pk", "sk")})


def answer(client: Any, call: Call) -> object:
    """What *client* answers to a call, without what depends on the path of the answer."""
    operation, arguments = call
    table = {} if operation.startswith("batch") else {"TableName": TABLE}
    try:
        found = getattr(client, operation)(**table, **arguments)
    except ClientError as exc:
        return exc.response["Error"]["Code"], exc.response.get("Item")
    if operation == "batch_get_item":
        found["Responses"][TABLE].sort(key=lambda item: str(item["sk"]["S"]))
    return {name: value for name, value in found.items() if name in ("Item", "Items", "Attributes", "Responses")}


@pytest.mark.parametrize("examples", [30, pytest.param(300, marks=pytest.mark.endurance)])
def test_the_same_calls_get_the_same_answers(moto: Any, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(calls=st.lists(CALLS, max_size=20))
    def holds(calls: list[Call]) -> None:
        empty(moto)
        memory = MemoryDynamoDB()

        for call in calls:
            assert answer(memory, call) == answer(moto, call), call
        left = moto.scan(TableName=TABLE)["Items"]
        assert list(memory.items()) == sorted(left, key=lambda found: str(found["sk"]["S"]))

    holds()


@pytest.mark.parametrize("page_items", [1, 2, 3, 100])
def test_pages_of_a_query_hold_together_what_one_would(page_items: int) -> None:
    memory, whole = MemoryDynamoDB(page_items), MemoryDynamoDB()
    for client in (memory, whole):
        for number in range(6):
            client.put_item(TableName=TABLE, Item=item(f"chunk#{number:011}#a", number))
    _, arguments = query(1, 5, "sids")

    pages = [memory.query(TableName=TABLE, **arguments)]
    while last := pages[-1].get("LastEvaluatedKey"):
        pages.append(memory.query(TableName=TABLE, **arguments, ExclusiveStartKey=last))

    assert [found for page in pages for found in page["Items"]] == whole.query(TableName=TABLE, **arguments)["Items"]
    assert all(len(page["Items"]) <= page_items for page in pages)


def test_a_read_that_does_not_ask_for_consistency_finds_what_was_there_before() -> None:
    memory = MemoryDynamoDB()
    arguments: Any = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "0"}}}

    def seen(*, consistent: bool) -> list[Any]:
        got = memory.get_item(TableName=TABLE, Key=key("a"), ConsistentRead=consistent).get("Item")
        request = {"Keys": [key("a")], "ConsistentRead": consistent}
        batch = memory.batch_get_item(RequestItems={TABLE: request})["Responses"][TABLE]
        queried: list[Any] = memory.query(TableName=TABLE, ConsistentRead=consistent, **arguments)["Items"]
        assert batch == queried == ([got] if got else [])
        return queried

    first, second = item("a", 1), item("a", 2)
    memory.put_item(TableName=TABLE, Item=first)
    assert (seen(consistent=False), seen(consistent=True)) == ([], [first])
    memory.put_item(TableName=TABLE, Item=second)
    assert (seen(consistent=False), seen(consistent=True)) == ([first], [second])
    memory.delete_item(TableName=TABLE, Key=key("a"))
    assert (seen(consistent=False), seen(consistent=True)) == ([second], [])
