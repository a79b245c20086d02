"""Look-ups of connections that do not exist: bounded by process and second, and never in the way of one that does."""

from random import Random

import pytest

from tests.support.fakes import TIMED_OUT
from tests.support.webhook_deployment import SECRET, Deployment, forged
from tests.support.webhook_requests import STATUS, form_event
from twilio_connector.connections.secret_cache import ABSENT_ENTRIES, CACHE_SECONDS
from twilio_connector.webhook.lookups import (
    AGAIN_PER_SECOND,
    FAILED_PER_SECOND,
    FIRST_PER_SECOND,
    MAX_REMEMBERED,
    Lookups,
)

MOST_A_SECOND = FIRST_PER_SECOND + AGAIN_PER_SECOND


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def ask(deployed: Deployment, name: str) -> int:
    return deployed.status_of(forged(form_event(STATUS, connection=name)))


def flood(deployed: Deployment, number: int, *, seconds: float, random: Random) -> None:
    """So many requests for as many names, evenly over *seconds*."""
    for _ in range(number):
        assert ask(deployed, f"x{random.getrandbits(64):x}") == 404
        deployed.clock.now += seconds / number


@pytest.mark.parametrize("seconds", [1, 10])
def test_names_at_random_make_few_calls_a_second(deployed: Deployment, seconds: int) -> None:
    flood(deployed, 200 * seconds, seconds=seconds, random=Random(seconds))
    assert deployed.secrets.reads.total() <= MOST_A_SECOND * (seconds + 1)
    assert deployed.secrets.reads.total() >= FIRST_PER_SECOND * seconds


def test_names_that_are_repeated_make_no_more(deployed: Deployment) -> None:
    names = [f"name-{number}" for number in range(4 * ABSENT_ENTRIES)]
    for _ in range(3):
        for name in names:
            assert ask(deployed, name) == 404
    deployed.clock.now += 1
    for name in names:
        assert ask(deployed, name) == 404
    assert deployed.secrets.reads.total() <= 2 * MOST_A_SECOND


def test_a_known_connection_is_never_turned_away_and_costs_no_look_up(deployed: Deployment) -> None:
    assert deployed.status_of(form_event(STATUS)) == 204
    for _ in range(5):
        deployed.clock.now += CACHE_SECONDS
        flood(deployed, 50, seconds=0, random=Random(deployed.clock.now))
        assert deployed.status_of(form_event(STATUS)) == 204


def test_a_flood_hides_a_connection_from_one_request_at_most(deployed: Deployment) -> None:
    for number in range(5):
        flood(deployed, 150, seconds=1, random=Random(number))
        name = f"existing-{number}"
        deployed.secrets.put(name, SECRET)
        first = deployed.status_of(form_event(STATUS, connection=name))
        flood(deployed, 150, seconds=1, random=Random(1_000 + number))
        assert first in (204, 404)
        assert deployed.status_of(form_event(STATUS, connection=name)) == 204


def test_connections_that_exist_use_nothing_up(deployed: Deployment) -> None:
    for number in range(5 * MOST_A_SECOND):
        deployed.secrets.put(f"existing-{number}", SECRET)
        assert deployed.status_of(form_event(STATUS, connection=f"existing-{number}")) == 204


def test_a_connection_that_is_made_is_found_although_its_name_was_turned_away(deployed: Deployment) -> None:
    flood(deployed, 2 * MOST_A_SECOND, seconds=0, random=Random(0))
    reads = deployed.secrets.reads.total()
    assert ask(deployed, "sales") == 404
    assert deployed.secrets.reads.total() == reads
    deployed.secrets.put("sales", SECRET)
    assert deployed.status_of(form_event(STATUS, connection="sales")) == 204


def test_look_ups_that_fail_are_as_few_and_say_nothing_of_the_name(deployed: Deployment) -> None:
    deployed.secrets.failure = TIMED_OUT
    for number in range(500):
        assert ask(deployed, f"name-{number}") == 503
    # Each is tried twice.
    assert deployed.secrets.reads.total() == 2 * FAILED_PER_SECOND
    deployed.clock.now += 10
    for number in range(500):
        assert ask(deployed, f"name-{number}") == 503
    assert deployed.secrets.reads.total() == 4 * FAILED_PER_SECOND


def test_failed_look_ups_concern_no_connection_that_was_met_and_none_for_long(deployed: Deployment) -> None:
    assert deployed.status_of(form_event(STATUS)) == 204
    deployed.secrets.put("sales", SECRET)
    deployed.secrets.failure = TIMED_OUT
    for number in range(500):
        assert ask(deployed, f"name-{number}") == 503
    deployed.secrets.failure = None
    deployed.clock.now += CACHE_SECONDS
    for number in range(500):
        deployed.secrets.failure = TIMED_OUT
        assert ask(deployed, f"name-{number}") == 503
    deployed.secrets.failure = None
    assert deployed.status_of(form_event(STATUS)) == 204
    assert deployed.status_of(form_event(STATUS, connection="sales")) == 503
    deployed.clock.now += 1
    assert deployed.status_of(form_event(STATUS, connection="sales")) == 204


def test_no_more_names_are_remembered_than_fit() -> None:
    lookups = Lookups(lambda: 0.0)
    for number in range(FIRST_PER_SECOND):
        lookups.was_absent(f"absent-{number}")
    for number in range(2 * MAX_REMEMBERED):
        assert not lookups.may_ask(f"name-{number}")
    assert not lookups.may_ask("name-0")
    assert lookups.may_ask(f"name-{2 * MAX_REMEMBERED - 1}")
