"""A set of SIDs that takes little more than the sixteen bytes of each."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

SID_BYTES = 16


class SidSet:
    """Marks of SIDs: sixteen bytes of the SHA-256 of each.

    They are joined in buckets by their first byte. A look-up searches for a sequence of bytes: that it is found across
    two others is as unlikely as that two SIDs have the same mark.
    """

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(256)]

    def __contains__(self, sid: str) -> bool:
        mark = mark_of(sid)
        return mark in self._buckets[mark[0]]

    def add(self, marks: bytes) -> None:
        """Add SIDs by their *marks*, one after the other."""
        for at in range(0, len(marks), SID_BYTES):
            self._buckets[marks[at]] += marks[at : at + SID_BYTES]


def marks_of(sids: Iterable[str]) -> bytes:
    """The marks of *sids*, one after the other."""
    return b"".join(map(mark_of, sids))


# A page's SIDs are looked for, and then remembered.
@lru_cache(maxsize=1024)
def mark_of(sid: str) -> bytes:
    """The mark of *sid*: of the whole of it, because one may differ from another in its prefix alone."""
    return hashlib.sha256(sid.encode()).digest()[:SID_BYTES]
