"""The same history, by all functions that publish, on either kind of bus."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest

from tests.support.call_cells import IN_ORDER, Cells, Play
from tests.support.call_plays_lists import hooked, polled, reconciled
from tests.support.call_plays_sends import opted_out, queued, redelivered
from tests.support.call_stack import CallStack
from tests.support.simulated_time import simulated_time
from twilio_connector.bus.event import Event
from twilio_connector.bus.groups import metadata_of


@pytest.fixture(autouse=True)
def _nothing_is_written() -> Iterator[None]:
    logging.disable()
    with redirect_stdout(io.StringIO()):
        yield
    logging.disable(logging.NOTSET)


def published(perform: Callable[[CallStack], set[str]], environment: dict[str, str]) -> tuple[CallStack, list[Any]]:
    """What a play leaves, and the events that it has brought to the bus, without when they were received."""
    with simulated_time() as clock:
        stack, deviations = Cells(clock).perform(Play("", perform, environment))
    assert not deviations
    told = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in stack.aws.bus.entries]
    assert all(detail.pop("receivedAt") for _, detail in told)
    return stack, sorted(told, key=lambda each: json.dumps(each, sort_keys=True))


PLAYS = [
    redelivered,
    opted_out,
    *(pytest.param(perform, marks=pytest.mark.endurance) for perform in (hooked, queued, polled, reconciled)),
]


@pytest.mark.parametrize("perform", PLAYS, ids=lambda it: it.__name__)
def test_the_same_history_of_events_gives_the_same_details_on_both_buses(
    perform: Callable[[CallStack], set[str]],
) -> None:
    classic, wanted = published(perform, {})
    in_order, found = published(perform, IN_ORDER)
    assert found == wanted != []
    assert not classic.aws.custom_bus.requests
    bus = in_order.aws.custom_bus
    assert len(bus.taken) == len(found)
    # And every one of them is in its group, under an identity of its own.
    events = [Event.of(each.detail_type, each.detail) for each in bus.taken]
    assert [tuple(metadata_of(event)) for event in events] == [(each.group, each.identity) for each in bus.taken]
    assert len({each.identity for each in bus.taken}) == len(bus.taken)
    assert not bus.overlaps
