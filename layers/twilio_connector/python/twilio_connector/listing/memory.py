"""What a cursor remembers of the messages it has published, so that none is published twice.

Dated messages are in chunks, one a published page: 16 bytes of each SID's hash, under the newest second of the page.
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

# Of marks that are looked up before they are asked for: 32,768 messages, which are at most 33 chunks of full pages.
AHEAD_BYTES = 512 * 1024
_BETWEEN = "pk = :pk AND sk BETWEEN :low AND :high"


class PublishedMemory:
    """The memory of one cursor, whose partition key is *pk*. Reads no more of it than the seconds asked for."""

    def __init__(self, state: StateTable, pk: str) -> None:
        self._state = state
        self._pk = pk
        self._known = SidSet()
        self._known_undated = SidSet()
        # Of the page that was last made known, which may be on its way to the table.
        self._latest = b""
        self._loaded: tuple[int, int] | None = None

    def load(self, oldest: int, newest: int, down_to: int | None = None) -> None:
        """Make sure that the chunks under the seconds from *oldest* to *newest* are known.

        Of what was known before stays the page that was made known last, and the rest if there is no gap between its
        seconds and these. If any below are not known, chunks down to the second *down_to* are looked up in the same
        breath, for what is asked for later: as many as fill AHEAD_BYTES.
        """
        if self._loaded is None or oldest > self._loaded[1] + 1 or newest < self._loaded[0] - 1:
            self._known, self._loaded = SidSet(), (newest + 1, newest)
            self._known.add(self._latest)
        first, last = self._loaded
        if newest > last:
            for _, marks in self._chunks(last + 1, newest):
                self._known.add(marks)
        if oldest < first:
            first = self._load_below(first, oldest, oldest if down_to is None else min(oldest, down_to))
        self._loaded = (first, max(last, newest))

    def _load_below(self, first: int, oldest: int, lowest: int) -> int:
        """Know the chunks below the second *first*, the later ones first; returns from which second on they are known.

        That is *lowest*, or a later one, but no later than *oldest*.
        """
        room = AHEAD_BYTES
        for second, marks in self._chunks(lowest, first - 1, descending=True):
            if room <= 0 and second < oldest:
                return second + 1
            self._known.add(marks)
            room -= len(marks)
        return lowest

    def __contains__(self, sid: str) -> bool:
        """Whether the dated message *sid* was published, if its chunk is known."""
        return sid in self._known

    def know(self, dated: Iterable[str], undated: Iterable[str]) -> None:
        """Take messages for published from now on, in this process; they are yet to be remembered.

        What was made known before has to be remembered by now.
        """
        self._latest = marks_of(dated)
        self._known.add(self._latest)
        self._known_undated.add(marks_of(undated))

    def remember(self, sids: Iterable[str], newest: int, now: int) -> None:
        """Remember the dated messages *sids* of one page, the newest of which is of the second *newest*."""
        marks = marks_of(sids)
        if not marks:
            return
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
        bounds = self._bounds("chunk#", _chunk_key(second))
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in self._state.query(_BETWEEN, bounds, "pk, sk")]
        self._state.write_batch({"DeleteRequest": {"Key": key}} for key in keys)

    def undated(self, sids: Iterable[str]) -> set[str]:
        """Those of *sids* that were published before they had a date."""
        wanted = dict.fromkeys(sids)
        known = {sid for sid in wanted if sid in self._known_undated}
        keys: Iterator[dict[str, AttributeValueTypeDef]] = (
            {"pk": {"S": self._pk}, "sk": {"S": f"undated#{sid}"}} for sid in wanted if sid not in known
        )
        return known | {item["sk"]["S"].removeprefix("undated#") for item in self._state.get_batch(keys, "sk")}

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

    def _chunks(self, low: int, high: int, *, descending: bool = False) -> Iterator[tuple[int, bytes]]:
        """The chunks under the seconds from *low* to *high*, in order: the second of each, and its marks."""
        bounds = self._bounds(_chunk_key(low), _chunk_key(high + 1))
        for item in self._state.query(_BETWEEN, bounds, "sk, sids", descending=descending):
            yield int(item["sk"]["S"].split("#")[1]), bytes(item["sids"]["B"])

    def _bounds(self, low: str, high: str) -> "dict[str, AttributeValueTypeDef]":
        """What _BETWEEN compares with, for sort keys from *low* to *high*."""
        return {":pk": {"S": self._pk}, ":low": {"S": low}, ":high": {"S": high}}


def _chunk_key(second: int) -> str:
    # Followed by "#…" in a chunk's sort key: as an upper bound it takes in no chunk of its own second.
    return f"chunk#{second:011}"
