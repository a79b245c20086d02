"""The judges of the load test find what they look for, and its plan offers what it promises."""

from collections import Counter

import pytest

from local.twilio_sandbox import Callback
from tests.support import load_plan as plan
from tests.support.load_verdict import Deliveries, Verdict

SID = "SM1"


def attempts(*statuses: int | None, first: int = 1, status: str | None = None, seconds: float = 1) -> list[Callback]:
    """Attempts that were answered so, one after the other, each after so many seconds."""
    params = {"MessageSid": SID, **({"MessageStatus": status} if status else {})}
    return [
        Callback(
            url="https://example.com",
            method="POST",
            params=params,
            request_body=b"",
            request_headers={},
            attempt=number,
            status=answer,
            began_at=(number - 1) * seconds,
            ended_at=number * seconds,
        )
        for number, answer in enumerate(statuses, first)
    ]


def test_what_never_came_and_what_came_twice_is_told() -> None:
    seen = Counter({"once": 1, "twice": 2, "of another test": 3})
    assert Verdict.of(["once", "twice", "never"], seen) == Verdict(lost=["never"], doubled={"twice": 2})


@pytest.mark.parametrize("statuses", [[200], [503, 204], [None, 502, 504, 200]], ids=str)
def test_a_webhook_that_is_repeated_until_it_is_acknowledged_is_in_order(statuses: list[int | None]) -> None:
    deliveries = Deliveries.of(attempts(*statuses))
    assert (deliveries.refused, deliveries.not_repeated) == ([], [])
    assert deliveries.acknowledged == {SID: float(len(statuses))}
    assert deliveries.answers == Counter(statuses)


@pytest.mark.parametrize(
    "given",
    [attempts(503), attempts(*[503] * 5), attempts(200, 200), attempts(200, 503), attempts(200, first=2)],
    ids=["not repeated", "once too few", "repeated for nothing", "told again", "not from the first on"],
)
def test_a_webhook_that_is_not_sent_again_as_twilio_does_is_told(given: list[Callback]) -> None:
    assert Deliveries.of(given).not_repeated == [SID]


@pytest.mark.parametrize(
    "given", [attempts(*[503] * 6), attempts(503, None, seconds=8)], ids=["as often as it may", "as long as it may"]
)
def test_a_webhook_is_given_up_as_twilio_does(given: list[Callback]) -> None:
    deliveries = Deliveries.of(given)
    assert (deliveries.not_repeated, deliveries.given_up) == ([], {SID})


@pytest.mark.parametrize("status", [301, 400, 403, 404, 413, 500])
def test_a_refusal_is_told(status: int) -> None:
    assert [one.status for one in Deliveries.of(attempts(status, 200)).refused] == [status]


def test_each_status_of_a_message_is_a_webhook_of_its_own() -> None:
    given = [*attempts(204, status="sent"), *attempts(204, status="delivered"), *attempts(200)]
    assert Deliveries.of(given).acknowledged.keys() == {SID, f"{SID}:sent", f"{SID}:delivered"}


def test_webhooks_are_offered_in_bursts_and_pauses_at_the_promised_mean() -> None:
    instants = plan.in_bursts()
    by_second = Counter(int(instant) for instant in instants)
    assert len(instants) == plan.SECONDS * plan.WEBHOOKS_A_SECOND
    assert max(by_second.values()) == 3 * plan.WEBHOOKS_A_SECOND
    assert len(by_second) < plan.SECONDS
    assert instants == sorted(instants)
