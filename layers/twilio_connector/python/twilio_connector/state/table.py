"""The calls to DynamoDB: each is repeated by :mod:`.verdicts`, with pauses, until the caller's deadline.

botocore's own repeats are switched off (:class:`~twilio_connector.aws.Aws`): they know neither the deadline nor the
reasons of a canceled transaction, and hide that an answer was lost.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from re import findall
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.state.budget import REPEAT_SECONDS
from twilio_connector.state.failures import FAILURES
from twilio_connector.state.repeats import Repeats
from twilio_connector.state.verdicts import Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        TransactWriteItemTypeDef,
        WriteRequestTypeDef,
        WriteRequestUnionTypeDef,
    )

    Item = dict[str, AttributeValueTypeDef]

# Limits of BatchGetItem and BatchWriteItem.
READ_KEYS, WRITE_ITEMS = 100, 25

T = TypeVar("T")


class StateTable:
    """The table *name*. No call is repeated beyond *deadline*; reads are consistent.

    Every method raises :class:`ServiceUnavailableError`: what it wrote may then have been written, or not.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        name: str,
        deadline: Deadline,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._dynamodb = dynamodb
        self.name = name
        self._deadline = deadline
        self._sleep = sleep
        self._jitter = jitter

    def within(self, seconds: float) -> "StateTable":
        """The same table for calls that are to end in *seconds*, if the deadline is not earlier."""
        until = Deadline.after(min(seconds, self._deadline.remaining()), self._deadline.clock)
        return StateTable(self._dynamodb, self.name, until, self._sleep, self._jitter)

    def get(self, key: "Item") -> "Item | None":
        """The item at *key*; None where there is none."""
        get = partial(self._dynamodb.get_item, TableName=self.name, Key=key, ConsistentRead=True)
        return _tried(get, self._repeats()).get("Item")

    def put(self, item: "Item") -> None:
        """Write *item*, replacing any other."""
        _tried(partial(self._dynamodb.put_item, TableName=self.name, Item=item), self._repeats())

    def update(self, key: "Item", expression: str, condition: str, values: "Item") -> "tuple[bool, Item]":
        """Change the item at *key* by *expression* if the *condition* holds; names in both are written ``#name``.

        Returns whether it held, and the item: changed, or as it was found. If an answer was lost, the condition may
        no longer hold because it did before: the item itself has to name its writer.
        """
        update = partial(
            self._dynamodb.update_item,
            TableName=self.name,
            Key=key,
            UpdateExpression=expression,
            ConditionExpression=condition,
            # DynamoDB refuses names that are not used.
            ExpressionAttributeNames={f"#{name}": name for name in findall(r"#(\w+)", expression + condition)},
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        try:
            return True, _tried(update, self._repeats())["Attributes"]
        except ClientError as exc:
            # Of all failures, that of the condition alone.
            return False, exc.response.get("Item", {})  # type: ignore[return-value]  # not in botocore's types

    def query(
        self, condition: str, values: "Item", attributes: str | None = None, *, descending: bool = False
    ) -> "Iterator[Item]":
        """The items whose keys meet the *condition*, in order; of each the *attributes*, or all.

        A page is read when its first item is asked for.
        """
        arguments: Any = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        if descending:
            arguments["ScanIndexForward"] = False
        if attributes:
            arguments["ProjectionExpression"] = attributes
        while True:
            query = partial(self._dynamodb.query, TableName=self.name, ConsistentRead=True, **arguments)
            page = _tried(query, self._repeats())
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def get_batch(self, keys: "Iterable[Item]", attributes: str) -> "Iterator[Item]":
        """Those items that there are at *keys*, none of which comes twice; of each the *attributes*. In no order."""
        remaining = iter(keys)
        while some := list(islice(remaining, READ_KEYS)):
            yield from self._get_some(some, attributes)

    def write_batch(self, requests: "Iterable[WriteRequestTypeDef]") -> None:
        """Put and delete items without a condition; no two *requests* are for one item."""
        remaining = iter(requests)
        while some := list(islice(remaining, WRITE_ITEMS)):
            self._write_some(some)

    def transact(self, items: "Sequence[TransactWriteItemTypeDef]") -> bool:
        """Write all *items* or none; False where a condition did not hold.

        Where the answer was lost, a repeat with the same token does not write again, for ten minutes
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html): its answer is the
        lost one.
        """
        repeats, token, may_be_done = self._repeats(), _token(), False
        while True:
            try:
                self._dynamodb.transact_write_items(TransactItems=items, ClientRequestToken=token)
            except FAILURES as exc:
                verdict = repeats.after(exc)
                if verdict is Verdict.CONDITION:
                    return False
                may_be_done = may_be_done or verdict is Verdict.LOST
                # AWS does not say that a token is good for more than a transaction that succeeds: another try of one
                # that was canceled gets its own, unless an earlier one may still succeed.
                token = token if may_be_done else _token()
            else:
                return True

    def _get_some(self, keys: "list[Item]", attributes: str) -> "Iterator[Item]":
        repeats, wanted = self._repeats(), keys
        while wanted:
            request: Any = {"Keys": wanted, "ConsistentRead": True, "ProjectionExpression": attributes}
            answer = _tried(partial(self._dynamodb.batch_get_item, RequestItems={self.name: request}), repeats)
            yield from answer["Responses"].get(self.name, [])
            left: Any = answer["UnprocessedKeys"].get(self.name)
            wanted = left["Keys"] if left else []
            if wanted:
                repeats.pause(ServiceUnavailableError("DynamoDB left reads unprocessed."))

    def _write_some(self, requests: "list[WriteRequestTypeDef]") -> None:
        repeats = self._repeats()
        left: Sequence[WriteRequestUnionTypeDef] = requests
        while left:
            answer = _tried(partial(self._dynamodb.batch_write_item, RequestItems={self.name: left}), repeats)
            left = answer["UnprocessedItems"].get(self.name, [])
            if left:
                repeats.pause(ServiceUnavailableError("DynamoDB left writes unprocessed."))

    def _repeats(self) -> Repeats:
        until = Deadline.after(min(REPEAT_SECONDS, self._deadline.remaining()), self._deadline.clock)
        return Repeats(until, self._sleep, self._jitter)


def _tried(call: Callable[[], T], repeats: Repeats) -> T:
    """What *call* returns, as soon as DynamoDB carries it out. Raises the ``ClientError`` of a failed condition."""
    while True:
        try:
            return call()
        except FAILURES as exc:
            if repeats.after(exc) is Verdict.CONDITION:
                raise


def _token() -> str:
    return uuid.uuid4().hex
