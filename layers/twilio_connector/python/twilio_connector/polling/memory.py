"""What a cursor remembers of the messages it has published, so that none is published twice.

Dated messages stand in chunks, one a published page: 16 bytes of each SID's hash, under the newest second of the page.
Only those are kept that a later poll may see again. Undated messages have an item each until they must have got their
date.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from twilio_connector.aws import translated_errors
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.polling.budget import CHUNK_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, WriteRequestTypeDef, WriteRequestUnionTypeDef

SID_BYTES = 16
# Limits of BatchGetItem and BatchWriteItem.
READ_KEYS, WRITE_ITEMS = 100, 25
# Batches that DynamoDB leaves unprocessed this often are given up.
BATCH_ATTEMPTS = 8


class PublishedMemory:
    """The memory of one cursor, whose partition key is *pk*. Reads no more of it than the seconds asked for."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, pk: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._pk = pk
        self._known: set[bytes] = set()
        self._loaded_down_to: int | None = None

    def load(self, oldest: int) -> None:
        """Make sure that what is remembered of the second *oldest* and of all later ones is known."""
        if self._loaded_down_to is not None and self._loaded_down_to <= oldest:
            return
        newest = self._loaded_down_to
        for item in self._chunks(_chunk_key(oldest), _chunk_key(newest) if newest is not None else "chunk$"):
            packed = bytes(item["sids"]["B"])
            self._known.update(packed[at : at + SID_BYTES] for at in range(0, len(packed), SID_BYTES))
        self._loaded_down_to = oldest

    def __contains__(self, sid: str) -> bool:
        """Whether the dated message *sid*, of a second that is loaded, was published."""
        return _packed(sid) in self._known

    def remember(self, sids: Iterable[str], newest: int, now: int) -> None:
        """Remember the dated messages *sids* of one page, the newest of which is of the second *newest*."""
        packed = [_packed(sid) for sid in sids]
        if not packed:
            return
        self._known.update(packed)
        with translated_errors("DynamoDB"):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": self._pk},
                    "sk": {"S": f"{_chunk_key(newest)}#{uuid.uuid4().hex}"},
                    "sids": {"B": b"".join(packed)},
                    "expiresAt": {"N": str(now + CHUNK_SECONDS)},
                },
            )

    def forget_before(self, second: int) -> None:
        """Delete the chunks that hold nothing of *second* or later."""
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in self._chunks("chunk#", _chunk_key(second), "pk, sk")]
        self._write({"DeleteRequest": {"Key": key}} for key in keys)

    def undated(self, sids: Iterable[str]) -> set[str]:
        """Those of *sids* that were published before they had a date."""
        found: set[str] = set()
        keys: Iterator[dict[str, AttributeValueTypeDef]] = (
            {"pk": {"S": self._pk}, "sk": {"S": f"undated#{sid}"}} for sid in dict.fromkeys(sids)
        )
        while some := list(islice(keys, READ_KEYS)):
            for _ in range(BATCH_ATTEMPTS):
                with translated_errors("DynamoDB"):
                    answer = self._dynamodb.batch_get_item(
                        RequestItems={self._table: {"Keys": some, "ConsistentRead": True, "ProjectionExpression": "sk"}}
                    )
                found.update(item["sk"]["S"].removeprefix("undated#") for item in answer["Responses"][self._table])
                left = answer["UnprocessedKeys"].get(self._table)
                some = [{"pk": key["pk"], "sk": key["sk"]} for key in left["Keys"]] if left else []
                if not some:
                    break
            else:
                raise ServiceUnavailableError("DynamoDB left reads unprocessed.")
        return found

    def remember_undated(self, expiries: dict[str, int]) -> None:
        """Remember undated messages, by SID, each until its second of expiry."""
        self._write(
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": self._pk},
                        "sk": {"S": f"undated#{sid}"},
                        "expiresAt": {"N": str(expiry)},
                    }
                }
            }
            for sid, expiry in expiries.items()
        )

    def _chunks(self, low: str, high: str, attributes: str = "sids") -> "Iterator[dict[str, AttributeValueTypeDef]]":
        """The chunks whose sort key is at least *low* and below *high*."""
        with translated_errors("DynamoDB"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
                ExpressionAttributeValues={":pk": {"S": self._pk}, ":low": {"S": low}, ":high": {"S": high}},
                ProjectionExpression=attributes,
                ConsistentRead=True,
            )
            for page in pages:
                yield from page["Items"]

    def _write(self, requests: "Iterable[WriteRequestTypeDef]") -> None:
        remaining = iter(requests)
        while batch := list(islice(remaining, WRITE_ITEMS)):
            some: Sequence[WriteRequestUnionTypeDef] = batch
            for _ in range(BATCH_ATTEMPTS):
                with translated_errors("DynamoDB"):
                    answer = self._dynamodb.batch_write_item(RequestItems={self._table: some})
                some = answer["UnprocessedItems"].get(self._table, [])
                if not some:
                    break
            else:
                raise ServiceUnavailableError("DynamoDB left writes unprocessed.")


def _chunk_key(second: int) -> str:
    # Followed by "#…" in a chunk's sort key: as an upper bound it takes in no chunk of its own second.
    return f"chunk#{second:011}"


def _packed(sid: str) -> bytes:
    # Of the whole SID: one may differ from another in its prefix alone.
    return hashlib.sha256(sid.encode()).digest()[:SID_BYTES]
