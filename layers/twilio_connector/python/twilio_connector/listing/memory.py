"""What a cursor remembers of the messages it has published, so that none is published twice.

Dated messages stand in chunks, one a published page: 16 bytes of each SID's hash, under the newest second of the page.
They are kept until no later poll can see any of them again. Undated messages have an item each until they must have got
their date.
"""

import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from twilio_connector.listing.budget import CHUNK_SECONDS
from twilio_connector.listing.sid_set import SidSet, marks_of
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class PublishedMemory:
    """The memory of one cursor, whose partition key is *pk*. Reads no more of it than the seconds asked for."""

    def __init__(self, state: StateTable, pk: str) -> None:
        self._state = state
        self._pk = pk
        self._known = SidSet()
        self._loaded: tuple[int, int] | None = None

    def load(self, oldest: int, newest: int) -> None:
        """Make sure that the chunks under the seconds from *oldest* to *newest* are known.

        Those that were known before stay so only if there is no gap between their seconds and these.
        """
        if self._loaded is None or oldest > self._loaded[1] + 1 or newest < self._loaded[0] - 1:
            self._known, self._loaded = SidSet(), (oldest, oldest - 1)
        first, last = self._loaded
        for low, high in ((oldest, first - 1), (last + 1, newest)):
            if low <= high:
                for item in self._chunks(_chunk_key(low), _chunk_key(high + 1)):
                    self._known.add(bytes(item["sids"]["B"]))
        self._loaded = (min(first, oldest), max(last, newest))

    def __contains__(self, sid: str) -> bool:
        """Whether the dated message *sid* was published, if its chunk is known."""
        return sid in self._known

    def remember(self, sids: Iterable[str], newest: int, now: int) -> None:
        """Remember the dated messages *sids* of one page, the newest of which is of the second *newest*."""
        marks = marks_of(sids)
        if not marks:
            return
        self._known.add(marks)
        self._state.put(
            {
                "pk": {"S": self._pk},
                "sk": {"S": f"{_chunk_key(newest)}#{uuid.uuid4().hex}"},
                "sids": {"B": marks},
                "expiresAt": {"N": str(now + CHUNK_SECONDS)},
            }
        )

    def forget_before(self, second: int) -> None:
        """Delete the chunks that hold nothing of *second* or later."""
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in self._chunks("chunk#", _chunk_key(second), "pk, sk")]
        self._state.write_batch({"DeleteRequest": {"Key": key}} for key in keys)

    def undated(self, sids: Iterable[str]) -> set[str]:
        """Those of *sids* that were published before they had a date."""
        keys: Iterator[dict[str, AttributeValueTypeDef]] = (
            {"pk": {"S": self._pk}, "sk": {"S": f"undated#{sid}"}} for sid in dict.fromkeys(sids)
        )
        return {item["sk"]["S"].removeprefix("undated#") for item in self._state.get_batch(keys, "sk")}

    def remember_undated(self, expiries: dict[str, int]) -> None:
        """Remember undated messages, by SID, each until its second of expiry."""
        self._state.write_batch(
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
        yield from self._state.query(
            "pk = :pk AND sk BETWEEN :low AND :high",
            {":pk": {"S": self._pk}, ":low": {"S": low}, ":high": {"S": high}},
            attributes,
        )


def _chunk_key(second: int) -> str:
    # Followed by "#…" in a chunk's sort key: as an upper bound it takes in no chunk of its own second.
    return f"chunk#{second:011}"
