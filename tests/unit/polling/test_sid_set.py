"""The set of SIDs that a poll keeps of what it has published."""

import sys

from twilio_connector.listing.sid_set import SID_BYTES, SidSet, marks_of

SIDS = [f"SM{number:032x}" for number in range(5_000)]


def test_it_holds_what_was_added_and_nothing_else() -> None:
    known = SidSet()
    known.add(marks_of(SIDS[:1_000]))
    known.add(b"")
    known.add(marks_of(SIDS[3_000:]))
    assert [sid for sid in SIDS if sid in known] == SIDS[:1_000] + SIDS[3_000:]


def test_sids_that_differ_in_their_prefix_alone_are_told_apart() -> None:
    known = SidSet()
    known.add(marks_of(["SM" + "0" * 32]))
    assert "MM" + "0" * 32 not in known


def test_a_sid_takes_little_more_than_its_mark() -> None:
    known = SidSet()
    before = sum(map(sys.getsizeof, known._buckets))
    known.add(marks_of(SIDS))
    assert SID_BYTES <= (sum(map(sys.getsizeof, known._buckets)) - before) / len(SIDS) < 1.5 * SID_BYTES
