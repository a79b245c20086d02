"""Faults of the sandbox strike the requests they are meant for, before or after those take effect."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator

import pytest
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from local.twilio_sandbox import Fault, TwilioSandbox
from local.twilio_sandbox.clients import call
from local.twilio_sandbox.faults import InjectedFault

FORM = {"To": "+15551234567", "From": "+15558675309", "Body": "hi"}


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=None) as sandbox:
        yield sandbox


@pytest.mark.parametrize(("retry_after", "header"), [(None, None), (2, "2"), (0.5, "0.5")])
def test_a_throttled_request_is_429(twilio: TwilioSandbox, retry_after: float | None, header: str | None) -> None:
    twilio.inject(Fault.Throttle(retry_after=retry_after))

    response = call(twilio, "POST", "/Messages.json", form=FORM)

    assert (response.status, response.json()["code"]) == (429, 20429)
    assert response.headers.get("Retry-After") == header
    assert twilio.messages == []


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.ServerError, 500), (Fault.Html, 502), (Fault.Garbage, 200)],
    ids=["ServerError", "Html", "Garbage"],
)
def test_a_faulty_answer_tells_nothing_of_what_was_done(
    twilio: TwilioSandbox, fault: type[InjectedFault], status: int, accepted: bool
) -> None:
    twilio.inject(fault(accepted=accepted))

    response = call(twilio, "POST", "/Messages.json", form=FORM)

    assert response.status == status
    assert len(twilio.messages) == int(accepted)


def test_an_html_answer_and_a_garbage_answer_are_no_json(twilio: TwilioSandbox) -> None:
    twilio.inject(Fault.Html(status=503))
    twilio.inject(Fault.Garbage())

    html, garbage = (call(twilio, "GET", "/Messages.json") for _ in range(2))

    assert (html.status, html.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert garbage.headers["Content-Type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        garbage.json()


@pytest.mark.parametrize("accepted", [False, True])
def test_a_reset_is_a_reset_of_the_connection(twilio: TwilioSandbox, accepted: bool) -> None:
    twilio.inject(Fault.Reset(accepted=accepted))

    with pytest.raises(ProtocolError) as reset:
        call(twilio, "POST", "/Messages.json", form=FORM)

    # Not RemoteDisconnected, its subclass, which is an orderly end without an answer.
    assert type(reset.value.args[1]) is ConnectionResetError
    assert len(twilio.messages) == int(accepted)
    assert call(twilio, "GET", "/Messages.json").status == 200


def test_a_hang_outlasts_the_client_and_ends_with_the_sandbox() -> None:
    with TwilioSandbox() as twilio:
        twilio.inject(Fault.Hang(3600, accepted=True), match="POST")
        with pytest.raises(ReadTimeoutError):
            call(twilio, "POST", "/Messages.json", form=FORM, timeout=0.2)
        assert len(twilio.messages) == 1
        leaving = time.monotonic()

    assert time.monotonic() - leaving < 5


@pytest.mark.parametrize(("accepted", "status"), [(False, 503), (True, 201)])
def test_a_short_hang_delays_the_answer(twilio: TwilioSandbox, accepted: bool, status: int) -> None:
    twilio.inject(Fault.Hang(0.1, accepted=accepted))
    asked = time.monotonic()

    assert call(twilio, "POST", "/Messages.json", form=FORM).status == status

    assert time.monotonic() - asked >= 0.1
    assert len(twilio.messages) == int(accepted)


def test_page_tokens_can_be_refused(twilio: TwilioSandbox) -> None:
    twilio.add(3)
    twilio.inject(Fault.RefusePageToken())

    first = call(twilio, "GET", "/Messages.json?PageSize=2")
    refused, second = (call(twilio, "GET", first.json()["next_page_uri"]) for _ in range(2))

    assert (refused.status, refused.json()["code"]) == (400, 21481)
    assert len(second.json()["messages"]) == 1


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ("", True),
        ("POST", True),
        ("/Messages", True),
        ("POST /Messages", True),
        ("GET", False),
        ("/Calls", False),
    ],
)
def test_a_fault_meets_the_requests_of_its_match(twilio: TwilioSandbox, match: str, hit: bool) -> None:
    twilio.inject(Fault.ServerError(status=503), match=match)

    assert call(twilio, "POST", "/Messages.json", form=FORM).status == (503 if hit else 201)


def test_a_fault_happens_as_often_as_asked_and_is_recorded(twilio: TwilioSandbox) -> None:
    throttle = Fault.Throttle()
    twilio.inject(throttle, times=2)

    statuses = [call(twilio, "GET", "/Messages.json").status for _ in range(3)]

    assert statuses == [429, 429, 200]
    assert [request.fault for request in twilio.requests] == [throttle, throttle, None]


def test_a_standing_fault_ends_when_cleared(twilio: TwilioSandbox) -> None:
    twilio.inject(Fault.ServerError(), times=math.inf)
    assert [call(twilio, "GET", "/Messages.json").status for _ in range(3)] == [500] * 3

    twilio.clear_faults()

    assert call(twilio, "GET", "/Messages.json").status == 200


def test_faults_with_a_probability_repeat_with_the_seed() -> None:
    def run() -> list[int]:
        with TwilioSandbox(seed=7) as twilio:
            twilio.inject(Fault.Throttle(), times=math.inf, probability=0.5)
            return [call(twilio, "GET", "/Messages.json").status for _ in range(20)]

    first, second = run(), run()

    assert first == second
    assert set(first) == {200, 429}
