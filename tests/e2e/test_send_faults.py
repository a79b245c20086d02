"""Every fault of the network, met by sends that come in every way and come again: nobody is texted twice.

The sandbox's own count is the judge. All sends run side by side, each with a text of its own that its fault knows, and
Twilio lists their messages late, but before the hold is over. So a repeat before the hold that sends is seen. Those of
the queue come one by one, so that each ends as often as it is received; faults side by side in a batch are met in
`tests/integration/sending/test_send_batches.py` and, by a thousand inputs, in `test_send_queue_volume.py`.

Killed processes are in `tests/integration/sending/test_send_killed.py`: here it is unknown which process serves whom.
So are the retries of an asynchronous invocation under its own request ID, for MiniStack gives each of them a new one.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_configuration import configured, send_queue, wait_until
from tests.support.deployed_sends import ASYNCHRONOUS, BARE, DIRECT, FAULTS, QUEUE, REFUSED, WAYS, FaultySend
from tests.support.send_outcomes import DEAD, FAILED, Outcomes

pytestmark = pytest.mark.endurance

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

# Just long enough for the queue to begin a send. A record under way is not handed out twice.
TIMEOUT, VISIBILITY, RECEIVES = 28, 30, 2
# Those whose repeats are sends of their own, as far as this AWS can show.
KEYLESS = [f"{way}, {BARE}" for way in (DIRECT, ASYNCHRONOUS)]
KEYED = [way for way in WAYS if way not in KEYLESS]


@dataclass(frozen=True)
class Held:
    """What had become of a send when it had been repeated before the hold: how it ended, and its requests."""

    ends: list[str]
    posts: int


def everybody(sends: Iterable[FaultySend], action: Callable[[FaultySend], None]) -> None:
    with ThreadPoolExecutor(len(WAYS) * len(FAULTS)) as callers:
        list(callers.map(action, sends))


def is_taken_up(aws: LocalAws) -> bool:
    """Whether the send queue has handed out all its records."""
    name: QueueAttributeNameType = "ApproximateNumberOfMessages"
    answer = aws.sqs.get_queue_attributes(QueueUrl=aws.outputs["SendQueueUrl"], AttributeNames=[name])
    return answer["Attributes"][name] == "0"


@pytest.fixture(scope="module")
def outcomes(aws: LocalAws, twilio: TwilioSandbox, watcher: BusWatcher) -> Outcomes:
    return Outcomes(aws, twilio, watcher)


@pytest.fixture(scope="module")
def sends(aws: LocalAws, twilio: TwilioSandbox, outcomes: Outcomes) -> dict[tuple[str, str], tuple[FaultySend, Held]]:
    """All of them by fault and way, when everything has happened to them."""
    every = [FaultySend(fault, way) for fault in FAULTS for way in WAYS]
    refused = [one for one in every if one.fault == REFUSED]
    direct = [one for one in every if one.way == f"{DIRECT}, {BARE}"]
    keyed = [one for one in every if one.way in KEYED]
    for one in every:
        one.prepare(twilio)

    def is_at_rest(one: FaultySend) -> bool:
        if one.way.startswith(QUEUE):
            return len(outcomes.ends(one.text)) == one.records
        if one.way.startswith(ASYNCHRONOUS):
            return bool(outcomes.ends(one.text)) or any(post.fault is None for post in outcomes.posts(one.text))
        return True

    late = [one.text for one in every if one not in direct]
    with (
        send_queue(aws, visibility=VISIBILITY, batch=1, receives=RECEIVES),
        configured(aws, ["SendSmsFunction"], TIMEOUT),
    ):
        with twilio.listing_late(*late):
            with twilio.unreachable():
                everybody(refused, lambda one: one.send(aws))
                # By the last attempt of those that Lambda repeats, seconds later, the queue's have met it, too.
                repeated = [one for one in refused if one.way.startswith(ASYNCHRONOUS)]
                wait_until(lambda: is_taken_up(aws) and all(map(is_at_rest, repeated)))
            everybody([one for one in every if one not in refused], lambda one: one.send(aws))
            wait_until(lambda: all(map(is_at_rest, every)))
            everybody(keyed, lambda one: one.ask(aws))
            held = [Held(outcomes.ends(one.text), len(outcomes.posts(one.text))) for one in every]
        everybody(keyed, lambda one: one.settle(aws))
        again = [one for one in every if one.way == f"{QUEUE}, with key"]
        everybody([*direct, *again], lambda one: one.send(aws))
        wait_until(lambda: all(map(is_at_rest, again)))
    return {(one.fault, one.way): (one, then) for one, then in zip(every, held, strict=True)}


@pytest.mark.parametrize("way", KEYED)
@pytest.mark.parametrize("fault", FAULTS)
def test_one_text_under_one_key(
    sends: dict[tuple[str, str], tuple[FaultySend, Held]], outcomes: Outcomes, fault: str, way: str
) -> None:
    one, held = sends[fault, way]
    assert held.posts == 1, "repeated before the hold"
    # After it a message that is not listed counts as never sent.
    assert len(outcomes.posts(one.text)) == (2 if one.is_lost else 1)
    (sid,) = outcomes.messages(one.text)
    # The last caller has an answer, and nobody ever had another one.
    assert set(one.sids) == {sid}, one.errors
    if way.startswith(QUEUE):
        assert held.ends == [DEAD if one.is_ambiguous else "Message Sent"]
        told = outcomes.events(one.text)
        assert [event.detail_type for event in told] == ["Message Sent"] * (one.records - one.is_ambiguous)
        assert {(event.detail["id"], event.detail["body"]["data"]["message"]["sid"]) for event in told} <= {
            (one.key, sid)
        }


@pytest.mark.parametrize("fault", FAULTS)
def test_one_request_for_each_call_without_a_key_and_no_report_without_a_text(
    sends: dict[tuple[str, str], tuple[FaultySend, Held]], outcomes: Outcomes, fault: str
) -> None:
    one, _ = sends[fault, f"{DIRECT}, {BARE}"]
    assert len(outcomes.posts(one.text)) == (1 if fault == REFUSED else 2)
    sids = outcomes.messages(one.text)
    assert len(sids) == (1 if one.is_lost or fault == REFUSED else 2)
    assert len(set(one.sids)) == len(one.sids), "one message reported as that of two"
    # On a busy machine there may be no time left to find a message: then it is not reported.
    assert set(one.sids) <= set(sids) if one.is_ambiguous else one.sids == sids
    assert one.sids, one.errors


def test_a_message_that_is_listed_in_time_is_reported_by_the_call_whose_answer_was_lost(
    sends: dict[tuple[str, str], tuple[FaultySend, Held]],
) -> None:
    prompt = [sends[fault, f"{DIRECT}, {BARE}"][0] for fault in ("500 after accepting", "reset after accepting")]
    # Both calls of either have returned one.
    assert 2 in [len(one.sids) for one in prompt]


@pytest.mark.parametrize("fault", FAULTS)
def test_one_request_for_each_attempt_of_an_asynchronous_call_without_a_key(
    sends: dict[tuple[str, str], tuple[FaultySend, Held]], outcomes: Outcomes, fault: str
) -> None:
    one, held = sends[fault, f"{ASYNCHRONOUS}, {BARE}"]
    # Where the first attempt reports an unknown outcome the second, here a send of its own, is answered.
    assert held.posts == {REFUSED: 0}.get(fault, 2 if one.is_ambiguous else 1)
    assert len(outcomes.messages(one.text)) == held.posts - one.is_lost
    # Nothing is lost without a trace.
    assert held.ends == ([FAILED] if fault == REFUSED else [])
