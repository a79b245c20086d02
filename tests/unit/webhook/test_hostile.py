"""Bodies made to break the webhook: each is refused, at little cost."""

import pytest

from tests.support.webhook_costs import answer, assert_refused_cheaply
from tests.support.webhook_hostile_bodies import DOCUMENTS, FORMS, signed_form
from tests.support.webhook_requests import json_event

# The largest, to sign or to make takes more than a second each. As large ones are left, and smaller ones of their kind.
LARGEST = ("nothing but escapes", "every other one an escape", "escapes of no text", "nothing but percent signs")
LARGEST_DOCUMENTS = ("two million arrays",)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.endurance] if name in LARGEST else []) for name in FORMS]
)
def test_a_hostile_form_is_refused(name: str) -> None:
    make, status = FORMS[name]
    event = signed_form(make())
    assert_refused_cheaply(event)
    assert answer(event) == status


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.endurance] if name in LARGEST_DOCUMENTS else []) for name in DOCUMENTS],
)
def test_a_hostile_document_is_refused(name: str) -> None:
    make, status = DOCUMENTS[name]
    event = json_event(make())
    assert_refused_cheaply(event)
    assert answer(event) == status
