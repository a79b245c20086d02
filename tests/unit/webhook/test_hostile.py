"""Bodies made to break the webhook: each is refused, at little cost."""

import pytest

from tests.support.webhook_costs import answer, assert_refused_cheaply
from tests.support.webhook_hostile_bodies import DOCUMENTS, FORMS, signed_form
from tests.support.webhook_requests import json_event


@pytest.mark.parametrize("name", FORMS)
def test_a_hostile_form_is_refused(name: str) -> None:
    make, status = FORMS[name]
    event = signed_form(make())
    assert_refused_cheaply(event)
    assert answer(event) == status


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused(name: str) -> None:
    make, status = DOCUMENTS[name]
    event = json_event(make())
    assert_refused_cheaply(event)
    assert answer(event) == status
