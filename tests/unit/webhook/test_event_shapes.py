"""An event of any shape is answered, or refused as one that is not an HTTP request; it never breaks the webhook."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.webhook_deployment import Deployment
from tests.support.webhook_requests import load_event
from twilio_connector.errors import InvalidInputError

EVENTS = [
    "http-api-inbound-message",
    "http-api-get",
    "http-api-event-streams",
    "rest-api-inbound-message",
    "function-url-status-callback",
]
ANSWERS = {200, 204, 400, 403, 404, 405, 413, 415}
OTHERS: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "\0",
    "\ud800",
    [],
    [None],
    ["x"],
    [[1]],
    {},
    {"x": 1},
    {"x": None},
]


@st.composite
def misshapen(draw: st.DrawFn) -> Any:
    """A real event, some parts of which are gone or something else."""
    event = copy.deepcopy(load_event(draw(st.sampled_from(EVENTS))))
    for _ in range(draw(st.integers(1, 3))):
        parent = event
        key = draw(st.sampled_from(list(parent)))
        while isinstance(parent[key], dict | list) and parent[key] and draw(st.booleans()):
            parent = parent[key]
            key = draw(st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent))))
        if draw(st.booleans()) and len(event) > 1:
            del parent[key]
        else:
            parent[key] = copy.deepcopy(draw(st.sampled_from(OTHERS)))
    return event


@pytest.mark.parametrize("examples", [200, pytest.param(2_000, marks=pytest.mark.endurance)])
def test_an_event_of_any_shape_is_answered_or_is_invalid_input(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(misshapen())
    def holds(event: Any) -> None:
        deployed = Deployment()
        try:
            status = deployed.status_of(event)
        except InvalidInputError:
            assert deployed.bus.entries == []
        else:
            assert status in ANSWERS
            assert bool(deployed.bus.entries) == (status in (200, 204))

    holds()
