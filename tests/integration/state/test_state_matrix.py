"""Every place that calls the state table, every answer that DynamoDB may give it, once, three times and for ever.

The places are found in the source, and each is reached by one of the histories below. Whatever passes is repeated, with
pauses, so that a history goes as without it. What lasts makes an invocation fail in its time, by the right error: then
nothing is lost, nothing sent twice, and of a poll no more than a page is published again.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.support.poll_fakes import PAGE_SIZE
from tests.support.send_fakes import Answer
from tests.support.state_faults import faults_of
from tests.support.state_histories import HOLD, History, Outage, PollHistory, Send, SendHistory
from tests.support.state_sites import Place, Site, site_of, sites
from tests.support.world import REGION, create_table
from twilio_connector.errors import (
    OutcomeUnknownError,
    SendInProgressError,
    ServiceUnavailableError,
    TwilioRejectedError,
)
from twilio_connector.state.budget import PAUSE_MAX_SECONDS, REPEAT_SECONDS
from twilio_connector.state.repeats import longest_pause

TEXT, TEMPLATE = {"message": "A text"}, {"contentSid": "HX" + "0" * 32}
# What Twilio answers the calls under one key, and after how many seconds they come.
SENDS: dict[str, tuple[dict[str, str], list[Send]]] = {
    "sent": (TEXT, [Send(0, Answer.CREATED), Send(1, Answer.CREATED)]),
    "found": (TEXT, [Send(0, Answer.LOST), Send(1, Answer.CREATED)]),
    "unknown": (TEXT, [Send(0, Answer.FAILED), Send(1, Answer.CREATED), Send(HOLD, Answer.CREATED)]),
    "refused": (TEXT, [Send(0, Answer.REJECTED), Send(1, Answer.CREATED)]),
    "refused again": (TEXT, [Send(0, Answer.FAILED), Send(HOLD, Answer.REJECTED), Send(1, Answer.CREATED)]),
    "template sent": (TEMPLATE, [Send(0, Answer.CREATED), Send(HOLD, Answer.CREATED)]),
    "template lost": (TEMPLATE, [Send(0, Answer.LOST), Send(HOLD, Answer.CREATED)]),
}
# Of every history: who comes later finds the outcome, or sends after the hold.
LATER = [Send(70, Answer.CREATED), Send(HOLD, Answer.CREATED)]


@dataclass
class Play:
    """A kind of history that can be played with outages; *given* are those that are part of it."""

    begin: Callable[[tuple[Outage, ...]], History]
    given: tuple[Outage, ...] = ()
    undisturbed: History = field(init=False)

    def __post_init__(self) -> None:
        self.undisturbed = self.begin(self.given)


@dataclass
class Plays:
    """All kinds of histories, in one table."""

    dynamodb: Any
    names: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.all: list[Play] = [Play(self._polls)]
        for is_queue in (False, True):
            for content, sends in SENDS.values():
                self.all.append(Play(lambda outages, it=(content, sends, is_queue): self._sends(outages, *it)))  # type: ignore[misc]  # the default binds it
        # What is only called where another call has failed: a claim or a lease is given back.
        for play in self.all[:2]:
            for place, operation in list(play.undisturbed.places.items()):
                if {"acquire", "_taken"} & {name.rpartition(".")[2] for name in place.functions}:
                    lost = next(each for each in faults_of(operation) if each.takes_effect)
                    self.all.append(Play(play.begin, (Outage(place, lost, math.inf),)))

    def at(self, site: Site) -> list[list[tuple[Play, Place, str]]]:
        """The places at *site*, each with the client's method and a kind of history that reaches it.

        Those are together that differ in how the send came in.
        """
        found: dict[tuple[str, ...], dict[Place, tuple[Play, Place, str]]] = {}
        for play in self.all:
            for place, operation in play.undisturbed.places.items():
                if site_of(place) == site and place not in {outage.place for outage in play.given}:
                    alike = tuple(name for name in place.functions if "queue" not in name and "batch" not in name)
                    found.setdefault(alike, {}).setdefault(place, (play, place, operation))
        return [list(places.values()) for places in found.values()]

    def _polls(self, outages: tuple[Outage, ...]) -> PollHistory:
        history = PollHistory(f"polls-{next(self.names)}", self.dynamodb, outages)
        history.play()
        return history

    def _sends(
        self, outages: tuple[Outage, ...], content: dict[str, str], sends: list[Send], is_queue: bool
    ) -> SendHistory:
        name = f"sends-{next(self.names)}"
        history = SendHistory(name, self.dynamodb, outages, content=content, is_queue=is_queue)
        history.play(*sends, *LATER)
        return history


@pytest.fixture(scope="module")
def plays() -> Iterator[Plays]:
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        create_table()
        yield Plays(boto3.client("dynamodb", region_name=REGION))


def test_every_call_in_the_source_is_reached_and_no_other(plays: Plays) -> None:
    reached = {site_of(place) for play in plays.all for place in play.undisturbed.places}
    assert reached == sites()
    assert len(reached) > 10


@pytest.mark.parametrize("all_faults", [False, pytest.param(True, marks=pytest.mark.endurance)], ids=["some", "all"])
@pytest.mark.parametrize("times", [1, 3, math.inf], ids=["once", "thrice", "for ever"])
@pytest.mark.parametrize("site", sorted(sites()), ids=str)
def test_whatever_dynamodb_answers_nothing_is_lost_or_done_twice(
    plays: Plays, site: Site, times: float, all_faults: bool
) -> None:
    at_site = plays.at(site)
    assert at_site
    for number, alike in enumerate(at_site):
        cases = [(*where, fault) for where in alike for fault in faults_of(where[2])]
        if not all_faults:
            # Another one at each place, so that all of them come up.
            cases = [cases[(11 * number + 5 * site.first + int(min(times, 5))) % len(cases)]]
        for play, place, _, fault in cases:
            outage = Outage(place, fault, times)
            history = play.begin((*play.given, outage))
            try:
                assert history.met[place], "it has met no fault"
                judge(history, play.undisturbed, outage, is_given=bool(play.given))
            except AssertionError as exc:
                exc.add_note(f"{fault}, {times} times, at {place}")
                raise


def judge(history: History, undisturbed: History, outage: Outage, *, is_given: bool) -> None:
    passes = outage.fault.is_repeated and outage.times < math.inf
    if not is_given:
        judge_pauses(history, outage)
    if isinstance(history, SendHistory) and isinstance(undisturbed, SendHistory):
        judge_sends(
            history, undisturbed, outage, is_given=is_given, passes=passes and len(history.pauses) >= outage.times
        )
    if isinstance(history, PollHistory):
        judge_polls(history, outage, passes=passes and not is_given)


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
    if passes:
        assert (repeated, history.failed) == (0, [])
        return
    assert repeated <= min(history.repeatable, PAGE_SIZE)
    assert len(history.failed) == (0 if is_release(outage.place) and not history.failed else 1)
    for error in history.failed:
        assert type(error) is ServiceUnavailableError
        assert is_release(outage.place) or outage.fault.told in str(error)


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
            assert is_given or outage.fault.told in str(one.error)
        else:
            assert one.sid or type(one.error) in (OutcomeUnknownError, SendInProgressError)
    # A call that fails before it asks Twilio leaves no trace: the next one goes as if it had been the first.
    told = outcomes(history)
    if passes or (not is_given and is_before_the_send(outage.place)):
        assert told == outcomes(undisturbed)
    assert told[-1][0], "in the end everybody knows the message"
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
