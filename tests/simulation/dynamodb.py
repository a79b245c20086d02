"""DynamoDB: the state table, every call of which may be throttled, in conflict, left undone or unanswered."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.simulation.aws import Service
from tests.simulation.surroundings import Surroundings
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.partial_batches import carried_out_in_part

TOKEN_SECONDS = 600


class DynamoDB(Service):
    """The state table. It keeps the tokens of transactions for ten minutes."""

    name = "dynamodb"
    throttling = "ProvisionedThroughputExceededException"

    def __init__(self, around: Surroundings, page_items: int) -> None:
        super().__init__(around)
        self.table = MemoryDynamoDB(page_items)
        self._tokens: dict[str, float] = {}

    def __getattr__(self, operation: str) -> Any:
        if operation.startswith("_"):
            raise AttributeError(operation)
        carry_out = getattr(self.table, operation)
        is_batch, is_read = operation.startswith("batch_"), operation in ("get_item", "query", "batch_get_item")

        def kinds(fault: str) -> bool:
            return is_batch if fault == "unprocessed" else not (is_read and fault == "conflict")

        def call(**arguments: Any) -> Any:
            what = f"dynamodb.{operation} {_place(arguments)}"

            def effect(fault: str) -> Any:
                if fault == "unprocessed":
                    self.around.invocation.without_table += 1
                    return carried_out_in_part(operation, arguments["RequestItems"], _all_but_the_last, carry_out)
                token = arguments.get("ClientRequestToken", "")
                if token and self._tokens.get(token, 0.0) > self.around.now:
                    return {}
                answer = carry_out(**arguments)
                if token:
                    self._tokens[token] = self.around.now + TOKEN_SECONDS
                return answer

            try:
                return self.call(what, effect, kinds)
            except (ClientError, BotoCoreError) as exc:
                code = exc.response["Error"]["Code"] if isinstance(exc, ClientError) else ""
                self.around.invocation.without_table += code != "ConditionalCheckFailedException"
                raise

        self.__dict__[operation] = call
        return call


def _all_but_the_last(count: int) -> int:
    return count - 1


def _place(arguments: Mapping[str, Any]) -> str:
    """Which items a call is about, for a reader."""
    key = arguments.get("Key") or arguments.get("Item")
    if key:
        return f"{key['pk']['S'][:40]} {key['sk']['S'][:24]}"
    if "TransactItems" in arguments:
        return " + ".join(next(iter(each)) for each in arguments["TransactItems"])
    return ""
