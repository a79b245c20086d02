"""What the matrix of call sites reports at the end of a run, whichever worker has filled it in."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tests.support.call_faults import Fault
from tests.support.call_promises import WEAKER, sentence_of

PROPERTY = "call sites"


def summary(reports: Iterable[Any]) -> Iterator[str]:
    """The lines about the *reports* of tests; none where the matrix was not run."""
    given = [value for report in reports for name, value in report.user_properties if name == PROPERTY]
    # A place may be in the lines of two sites.
    rows = list({row["place"]: row for row in map(json.loads, given)}.values())
    if not rows:
        return
    none = sum(len(row["none"]) for row in rows)
    yield f"{len(rows)} call sites x {len(Fault)} faults, all visited, once and for as long as an invocation lasts;"
    yield f"{none} cells do not exist: a call that only reads, or whose answers have no parts."
    weaker = sorted((deviation, row["place"], fault) for row in rows for fault, deviation in row["weaker"])
    yield f"In {len(weaker)} of {len(rows) * len(Fault) - none} cells less is promised:"
    for deviation, found in groupby(weaker, key=lambda each: each[0]):
        yield f'  {WEAKER[deviation].what}: "{sentence_of(deviation)}"'
        for place, of_place in groupby(found, key=lambda each: each[1]):
            yield f"    {place}: {', '.join(fault for _, _, fault in of_place)}"
