"""Every place that calls AWS or Twilio, every fault that it can meet there: nothing lost, nothing doubled, in time.

The places are found in the source, and each is reached by a play of `tests/support/call_cells.py`. A cell is judged by
what is in Twilio's account, on the bus and in the queues once all who call have gone on as the documents ask them to.
Where that is weaker than without a fault, `docs/guarantees.md` says so, in the sentence that the cell quotes.
"""

import io
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout

import pytest

from local.sam import PROJECT_ROOT
from tests.support import call_sites
from tests.support.call_cells import FEW, FOUND_BY_CACHE, PLAYS, SMALL, Cells, own_sites
from tests.support.call_faults import Fault, why_not
from tests.support.call_promises import WEAKER, sentence_of
from tests.support.call_sites import GATEWAYS, Site
from tests.support.simulated_time import simulated_time


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_written() -> Iterator[None]:
    """Logs and metrics of thousands of invocations take more time than these themselves."""
    logging.disable()
    with redirect_stdout(io.StringIO()):
        yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def few() -> Iterator[Cells]:
    """Plays that go through all sites, but not on all ways."""
    with simulated_time() as clock:
        found = Cells(clock)
        found.explore(play for play in PLAYS if play.name in FEW)
        yield found


@pytest.fixture(scope="module")
def cells() -> Iterator[Cells]:
    with simulated_time() as clock:
        found = Cells(clock)
        found.explore()
        yield found


def test_what_calls_is_looked_for_by_the_name_that_it_has() -> None:
    assert list(call_sites.misnamed()) == []
    for gateway, (_, offline) in GATEWAYS.items():
        assert offline <= {name for name in dir(gateway) if not name.startswith("_")}, gateway


def test_every_site_in_the_source_is_visited_and_every_operation(few: Cells) -> None:
    behind = {site for site in call_sites.sites() if (site.module, site.function) in FOUND_BY_CACHE}
    assert len(behind) == len(FOUND_BY_CACHE)
    assert call_sites.sites() - few.passed == behind
    named = {name.lower() for name in few.operations if not name.startswith("Twilio's")}
    assert named == {name.replace("_", "") for name in call_sites.operations()}
    # None that the matrix, which goes by sites, leaves out.
    assert {place for site in own_sites() for place in few.at(site)} == few.places.keys()


def test_whatever_redeliver_meets_no_event_is_lost(few: Cells) -> None:
    places = [place for place, play in few.places.items() if play.name == SMALL]
    assert {place.operation for place in places} == {"ChangeMessageVisibilityBatch"}
    for place in places:
        visit(few, place, lambda _: True)


@pytest.mark.endurance
@pytest.mark.parametrize("site", own_sites(), ids=str)
def test_whatever_a_call_meets_nothing_is_lost_or_doubled_and_it_ends_in_time(
    cells: Cells, site: Site, record_property: Callable[[str, object], None]
) -> None:
    for place in cells.at(site):
        weaker = visit(cells, place, lambda _: True)
        none = [fault.name for fault in Fault if why_not(fault, place.operation)]
        record_property("call sites", json.dumps({"place": str(place), "none": none, "weaker": weaker}))


@pytest.mark.parametrize("deviation", sorted(WEAKER))
def test_what_is_weaker_is_said_where_guarantees_are_given(deviation: str) -> None:
    pages = " ".join((PROJECT_ROOT / "docs" / "guarantees.md").read_text().split())
    assert sentence_of(deviation) in pages


def visit(cells: Cells, place: call_sites.Place, wanted: Callable[[Fault], bool]) -> list[list[str]]:
    """Judge all cells of *place*; returns those in which less is promised, each with what that is."""
    weaker: Counter[tuple[str, str]] = Counter()
    for outage in cells.outages_at(place):
        if wanted(outage.fault):
            try:
                _, deviations = cells.perform(cells.places[place], outage)
                for deviation in deviations:
                    assert outage.fault in WEAKER[deviation].faults, f"{deviation}, by {outage.fault.name}"
                    weaker[outage.fault.name, deviation] += 1
            except AssertionError as exc:
                exc.add_note(str(outage))
                raise
    return [list(each) for each in weaker]
