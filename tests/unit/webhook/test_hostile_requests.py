"""Requests made to break the webhook by all but their bodies: each is refused, at little cost."""

import pytest

from tests.support.webhook_costs import answer, assert_refused_cheaply
from tests.support.webhook_hostile_requests import REQUESTS
from tests.support.webhook_requests import STATUS, form_event

NAMES = ["a/b", "a%2Fb", "a\0", "default\n", "x" * 65, "x" * 1_000_000, "d\u00e9fault", "..", "\ud800"]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_is_refused(name: str) -> None:
    make, status = REQUESTS[name]
    assert_refused_cheaply(make())
    assert answer(make()) == status


@pytest.mark.parametrize("name", NAMES, ids=[ascii(name[:70]) for name in NAMES])
def test_a_hostile_name_of_a_connection_is_not_found(name: str) -> None:
    event = form_event(STATUS, connection=name)
    assert_refused_cheaply(event)
    assert answer(event) == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "CONNECT", "", "POST\n", "GET, POST"])
def test_other_methods_are_refused_though_they_are_signed(method: str) -> None:
    event = form_event(STATUS)
    event["requestContext"]["http"]["method"] = method
    assert_refused_cheaply(event)
    assert answer(event) == 405
