"""Webhook requests of the sandbox: delivered, and repeated, as Twilio delivers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.twilio_sandbox import TwilioSandbox, callbacks
from local.twilio_sandbox.callbacks import RetryPolicy
from local.twilio_sandbox.clients import call
from tests.support.webhook_receiver import HOST, INBOUND, URL, Receiver, is_genuine, wait_for_callbacks


@pytest.fixture
def twilio(receiver: Receiver) -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=0.01) as sandbox:
        sandbox.map_host(HOST, receiver.url)
        yield sandbox


@pytest.mark.parametrize(
    ("overrides", "answers", "attempts"),
    [
        ("", [500], 1),
        ("#rc=2&rp=all", [500, 404], 3),
        ("#rc=1&rp=all", [500, 500, 500], 2),
        ("#rc=5&rp=5xx", [500, 404], 2),
        ("#rc=9&rp=all", [503] * 9, 6),
        ("#rc=5&rp=all", [429, 413, 503, 403, 500, 404, 200], 6),
        ("#rc=5&rp=4xx", [429, 503, 200], 2),
        ("#rc=5&rp=ct,5xx", [503, 429, 200], 2),
        ("#rc=5", [503, 200], 1),
        ("#rc=0&rp=all", [503, 200], 1),
        ("#rp=all", [503, 503, 200], 2),
        ("#rc=many&rp=often", [503, 200], 1),
    ],
)
def test_answers_are_retried_as_the_url_asks(
    twilio: TwilioSandbox, receiver: Receiver, overrides: str, answers: list[int], attempts: int
) -> None:
    receiver.statuses = list(answers)
    twilio.receive(**INBOUND, webhook_url=URL + overrides)
    twilio.wait_until(lambda: len(twilio.callbacks) == attempts)
    # One more, so that a surplus attempt of the first would have been seen.
    receiver.statuses = []
    twilio.receive(**INBOUND, webhook_url=f"{URL}/last")
    twilio.wait_until(lambda: any(callback.url.endswith("/last") for callback in twilio.callbacks))

    made = [callback for callback in twilio.callbacks if callback.url == URL]
    assert [callback.attempt for callback in made] == list(range(1, attempts + 1))
    assert [callback.status for callback in made][: len(answers)] == answers[:attempts]
    assert len({callback.request_headers["I-Twilio-Idempotency-Token"] for callback in made}) == 1


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", RetryPolicy(1, frozenset({"ct"}))),
        ("#rc=-1", RetryPolicy(1, frozenset({"ct"}))),
        ("#rc=\u0665&rp=5xx", RetryPolicy(1, frozenset({"5xx"}))),
        ("#rp=4xx,often", RetryPolicy(1, frozenset({"4xx"}))),
        ("#ct=100&rc=6&rp=all", RetryPolicy(5, frozenset({"all"}))),
    ],
    ids=["none", "negative", "other digits", "unknown policy", "more than five"],
)
def test_overrides_that_make_no_sense_leave_the_default(fragment: str, expected: RetryPolicy) -> None:
    assert RetryPolicy.of(URL + fragment) == expected


def test_no_repeat_begins_once_the_time_for_all_of_them_is_over(
    twilio: TwilioSandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "TOTAL_SECONDS", 0.0)
    receiver.statuses = [503, 503]
    twilio.receive(**INBOUND, webhook_url=f"{URL}#rc=5&rp=all")
    wait_for_callbacks(twilio, 1)
    twilio.receive(**INBOUND, webhook_url=f"{URL}/last")
    twilio.wait_until(lambda: any(callback.url.endswith("/last") for callback in twilio.callbacks))

    assert [callback.attempt for callback in twilio.callbacks if callback.url == URL] == [1]


def test_a_refused_connection_is_tried_once_more_by_default(twilio: TwilioSandbox) -> None:
    with Receiver() as stopped:
        twilio.map_host("gone.example.com", stopped.url)
    twilio.receive(**INBOUND, webhook_url="https://gone.example.com/in")

    callbacks = wait_for_callbacks(twilio, 2)

    assert [(callback.attempt, callback.status, callback.error) for callback in callbacks] == [
        (1, None, "NewConnectionError"),
        (2, None, "NewConnectionError"),
    ]


def test_a_mapped_host_gets_the_host_header_that_its_server_wants(twilio: TwilioSandbox, receiver: Receiver) -> None:
    twilio.map_host("abc.execute-api.us-east-1.amazonaws.com", receiver.url, "abc.execute-api.localhost:4567")
    twilio.receive(**INBOUND, webhook_url="https://abc.execute-api.us-east-1.amazonaws.com/webhook/default")

    [callback] = wait_for_callbacks(twilio, 1)

    assert receiver.hosts == ["abc.execute-api.localhost:4567"]
    assert is_genuine(twilio, callback)


def test_nothing_is_sent_to_a_host_off_this_machine(twilio: TwilioSandbox) -> None:
    twilio.receive(**INBOUND, webhook_url="https://unmapped.example.com/in#rc=5&rp=all")

    [callback] = wait_for_callbacks(twilio, 1)

    assert (callback.status, callback.error) == (None, "unmapped.example.com is not mapped to this machine")


@pytest.mark.parametrize("count", [200, pytest.param(1_000, marks=pytest.mark.endurance)])
def test_many_callbacks_are_all_delivered(twilio: TwilioSandbox, receiver: Receiver, count: int) -> None:
    for _ in range(count):
        twilio.receive(**INBOUND, webhook_url=URL)

    callbacks = wait_for_callbacks(twilio, count)

    assert {callback.status for callback in callbacks} == {200}
    assert len({callback.params["MessageSid"] for callback in callbacks}) == count
    assert len(receiver.forms) == count


def test_waiting_for_what_does_not_happen_times_out(twilio: TwilioSandbox) -> None:
    with pytest.raises(TimeoutError):
        twilio.wait_until(lambda: twilio.callbacks, timeout=0.05)


def test_waiting_ends_in_time_even_while_other_things_happen(twilio: TwilioSandbox) -> None:
    def never() -> bool:
        # Each such request is itself a change, upon which the condition is asked again.
        return call(twilio, "GET", "/Messages.json").status != 200

    with pytest.raises(TimeoutError):
        twilio.wait_until(never, timeout=0.1)
