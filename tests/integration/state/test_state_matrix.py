"""Every place that calls the state table, every answer that DynamoDB may give it, once, three times and for ever.

The places are found in the source, and each is reached by one of the histories below. Whatever passes is repeated, with
pauses, so that a history goes as without it. What lasts makes an invocation fail in its time, by the right error: then
nothing is lost, nothing sent twice, and of a poll no more than a page is published again.
"""

import io
import logging
import math
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest
from moto import mock_aws

from tests.support.call_sites import Site
from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.moto_clients import moto_client
from tests.support.poll_fakes import PAGE_SIZE
from tests.support.send_fakes import Answer
from tests.support.state_faults import faults_of
from tests.support.state_histories import History, Outage
from tests.support.state_plays import TEMPLATE, Plays
from tests.support.state_polls import PollHistory
from tests.support.state_reconciliations import ReconcileHistory
from tests.support.state_sends import SendHistory
from tests.support.state_sites import Place, site_of, sites
from tests.support.world import TABLE, create_table
from twilio_connector.errors import (
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
    TwilioRejectedError,
)
from twilio_connector.sending.budget import GIVE_BACK_SECONDS, MAX_CLAIM_SECONDS
from twilio_connector.state.budget import PAUSE_MAX_SECONDS, REPEAT_SECONDS
from twilio_connector.state.repeats import longest_pause


@pytest.fixture(scope="module")
def plays() -> Plays:
    return Plays(MemoryDynamoDB)


@pytest.fixture(autouse=True)
def _nothing_is_written() -> Iterator[None]:
    """Logs and metrics of thousands of invocations take more time than these themselves."""
    logging.disable()
    with redirect_stdout(io.StringIO()):
        yield
    logging.disable(logging.NOTSET)


def test_every_call_in_the_source_is_reached_and_no_other(plays: Plays) -> None:
    reached = {site_of(place) for play in plays.all for place in play.undisturbed.places}
    assert reached == sites()
    assert len(reached) > 10


# Of the gate: each place once, and for ever the first of each method.
LASTING = {site.method: site for site in sorted(sites(), reverse=True)}.values()
MATRIX = [
    pytest.param(
        site,
        times,
        id=f"{site}-{name}",
        marks=[] if times == 1 or (times == math.inf and site in LASTING) else pytest.mark.endurance,
    )
    for site in sorted(sites())
    for times, name in ((1, "once"), (3, "thrice"), (math.inf, "for ever"))
]


@pytest.mark.parametrize(("site", "times"), MATRIX)
def test_whatever_dynamodb_answers_nothing_is_lost_or_done_twice(plays: Plays, site: Site, times: float) -> None:
    at_site = plays.at(site)
    assert at_site
    for play, place, operation in at_site:
        for fault in faults_of(operation):
            outage = Outage(place, fault, times)
            history = play.begin((*play.given, outage))
            try:
                assert history.met[place], "it has met no fault"
                judge(history, play.undisturbed, outage, is_given=bool(play.given))
            except AssertionError as exc:
                exc.add_note(f"{fault}, {times} times, at {place}")
                raise


@mock_aws
def test_the_items_in_memory_become_those_of_moto(plays: Plays, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    create_table()
    dynamodb = moto_client("dynamodb")
    left: list[list[str]] = []

    def emptied() -> Any:
        items = dynamodb.scan(TableName=TABLE)["Items"]
        left.append(alike(items))
        for item in items:
            dynamodb.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
        return dynamodb

    on_moto = Plays(emptied)
    emptied()
    assert [play.undisturbed.places for play in plays.all] == [play.undisturbed.places for play in on_moto.all]
    assert [alike(play.undisturbed.dynamodb.items()) for play in plays.all] == left[1:]
    assert all(left[1:])


def alike(items: Any) -> list[str]:
    """The *items* in an order, without what is random in them."""
    return sorted(re.sub("[0-9a-f]{32}", "*", str(sorted(item.items()))) for item in items)


def judge(history: History, undisturbed: History, outage: Outage, *, is_given: bool) -> None:
    passes = outage.fault.is_repeated and outage.times < math.inf
    if not is_given:
        judge_pauses(history, outage)
    if isinstance(history, SendHistory) and isinstance(undisturbed, SendHistory):
        passes = passes and len(history.pauses) >= len(undisturbed.pauses) + outage.times
        judge_sends(history, undisturbed, outage, is_given=is_given, passes=passes)
    if isinstance(history, PollHistory):
        judge_polls(history, outage, passes=passes and not is_given)
    if isinstance(history, ReconcileHistory):
        judge_reconciliations(history, outage, passes=passes)


def judge_pauses(history: History, outage: Outage) -> None:
    pauses = history.pauses
    assert pauses == [longest_pause(number + 1) for number in range(len(pauses))]
    if not outage.fault.is_repeated:
        assert pauses == []
    elif outage.fault.seconds > 1:
        # Three that each take their time are more than a claim has.
        assert 1 <= len(pauses) <= outage.times
    elif outage.times < math.inf:
        assert len(pauses) == outage.times
    else:
        assert len(pauses) > 5
    assert sum(pauses) <= REPEAT_SECONDS
    assert max(pauses, default=0) <= PAUSE_MAX_SECONDS


def judge_polls(history: PollHistory, outage: Outage, *, passes: bool) -> None:
    repeated = sum(history.published.values()) - len(history.published)
    assert history.published.keys() == {row.sid for row in history.rows}, "lost"
    assert history.skipped == 0 or is_release(outage.place)
    if passes:
        assert (repeated, history.failed, history.skipped) == (0, [], 0)
        return
    assert repeated <= min(history.repeatable, PAGE_SIZE)
    assert len(history.failed) == (0 if is_release(outage.place) and not history.failed else 1)
    for error in history.failed:
        assert type(error) is ServiceUnavailableError
        assert is_release(outage.place) or outage.fault.told in str(error)


def judge_reconciliations(history: ReconcileHistory, outage: Outage, *, passes: bool) -> None:
    assert {row.sid for row in history.rows} == history.consumer.statuses.keys(), "lost"
    assert history.consumer.contradictions == []
    is_of_counts = any("outcomes" in name for name in outage.place.functions)
    assert len(history.failed) == (0 if passes or is_of_counts or is_release(outage.place) else 1)
    assert history.skipped == 0 or is_release(outage.place)
    # What could not be counted then never is; what this stack did not send never was.
    assert history.counted <= history.sent_here
    if not (is_of_counts and not passes):
        assert history.counted == history.sent_here


def is_release(place: Place) -> bool:
    return any(name.endswith("release") for name in place.functions)


def judge_sends(
    history: SendHistory, undisturbed: SendHistory, outage: Outage, *, is_given: bool, passes: bool
) -> None:
    ended = history.ended
    for one in ended:
        if one.attempts:
            expected = {
                Answer.CREATED: (),
                Answer.REJECTED: (TwilioRejectedError,),
                Answer.LOST: (OutcomeUnknownError,),
                Answer.FAILED: (OutcomeUnknownError,),
            }[one.answer]
            assert one.sid or type(one.error) in expected
        elif one.has_failed_before:
            # To take the key, to attempt again, to give back: the rest of the time is others'.
            assert one.seconds <= 2 * MAX_CLAIM_SECONDS + GIVE_BACK_SECONDS
            assert is_given or outage.fault.told in str(one.error)
        else:
            assert one.sid or type(one.error) in (OutcomeUnknownError, SendInProgressError)
    # A call that fails before it asks Twilio leaves no trace: the next one goes as if it had been the first.
    told = outcomes(history)
    if passes or (not is_given and is_before_the_send(outage.place)):
        assert told == outcomes(undisturbed)
    assert told[-1][0], "in the end everybody knows the message"
    if history.is_limited:
        days = [each for each in history.dynamodb.items() if each["sk"]["S"].startswith("day#")]
        assert sum(int(day["taken"]["N"]) for day in days) >= len(history.twilio.messages), "more than were counted"
    texts, usual = len(history.twilio.messages), len(undisturbed.twilio.messages)
    # A template whose outcome could not be recorded is not recognised.
    assert usual <= texts <= usual + (history.content == TEMPLATE and not passes and told != outcomes(undisturbed))


def outcomes(history: SendHistory) -> list[tuple[str | None, int, type | None]]:
    """How calls ended, but for those that were made again at once."""
    return [
        (one.sid, one.attempts, type(one.error) if one.error else None)
        for one in history.ended
        if not one.has_failed_before
    ]


def is_before_the_send(place: Place) -> bool:
    return any(name.endswith(("claim", "attempt_again")) for name in place.functions)
