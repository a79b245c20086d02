"""Flights: one after the other, none left behind, and no failure lost."""

import threading

import pytest

from twilio_connector.errors import ServiceUnavailableError, TwilioUnavailableError
from twilio_connector.polling.flights import Flights

PATIENCE = 30.0


def fail() -> None:
    raise ServiceUnavailableError("DynamoDB refused the request.")


def test_a_flight_begins_when_the_one_before_has_landed_and_not_sooner() -> None:
    steps: list[str] = []
    may_land = threading.Event()

    def first() -> None:
        assert may_land.wait(PATIENCE)
        steps.append("first")

    with Flights() as flights:
        flights.begin(first)
        # Work meanwhile is done in parallel.
        steps.append("beside")
        may_land.set()
        flights.begin(lambda: steps.append("second"))
        flights.land()

    assert steps == ["beside", "first", "second"]


def test_nothing_flies_on_when_the_block_has_ended_however_it_ends() -> None:
    steps: list[str] = []
    left = threading.Event()

    def flight() -> None:
        # Longer than leaving takes, if leaving does not wait.
        left.wait(0.2)
        steps.append("landed")

    def fly() -> None:
        with Flights() as flights:
            flights.begin(flight)
            raise TwilioUnavailableError("Twilio answered 503.", status=503)

    before = threading.active_count()
    with pytest.raises(TwilioUnavailableError):
        fly()
    left.set()

    assert steps == ["landed"]
    assert threading.active_count() == before


def test_a_failure_is_told_by_whatever_comes_next_and_once() -> None:
    with Flights() as flights:
        flights.begin(fail)
        with pytest.raises(ServiceUnavailableError):
            flights.begin(lambda: pytest.fail("begun after a failure"))
        flights.land()


def test_a_flight_that_fails_is_told_at_the_end_before_what_has_failed_since() -> None:
    def fly(*, then_twilio_fails: bool) -> None:
        with Flights() as flights:
            flights.begin(fail)
            if then_twilio_fails:
                raise TwilioUnavailableError("Twilio answered 503.", status=503)

    for then_twilio_fails in (False, True):
        with pytest.raises(ServiceUnavailableError):
            fly(then_twilio_fails=then_twilio_fails)
