"""All kinds of histories: each is played undisturbed, and then again with an outage at one of its places."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.support.call_sites import Site
from tests.support.send_fakes import Answer
from tests.support.state_faults import faults_of
from tests.support.state_histories import History, Outage
from tests.support.state_polls import PollHistory
from tests.support.state_reconciliations import ReconcileHistory
from tests.support.state_sends import HOLD, Send, SendHistory
from tests.support.state_sites import Place, site_of

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
# Those that are played once more where texts are counted.
LIMITED = ("sent", "refused", "refused again")
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


class Plays:
    """All kinds of histories, each on a table by *client_of_table*."""

    def __init__(self, client_of_table: Callable[[], Any]) -> None:
        self._client_of_table = client_of_table
        self.all = [Play(self._polls)]
        for is_queue in (False, True):
            self.all += [Play(partial(self._sends, *kind, is_queue)) for kind in SENDS.values()]
        # What is only called where another call has failed: a claim or a lease is given back.
        for play in self.all[:2]:
            for place, operation in list(play.undisturbed.places.items()):
                if {"acquire", "_take"} & {name.rpartition(".")[2] for name in place.functions}:
                    lost = next(each for each in faults_of(operation) if each.takes_effect)
                    self.all.append(Play(play.begin, (Outage(place, lost, math.inf),)))
        self.all += [Play(partial(self._sends, *SENDS[name], False, is_limited=True)) for name in LIMITED]
        self.all.append(Play(self._reconciliations))

    def at(self, site: Site) -> list[tuple[Play, Place, str]]:
        """The places at *site*, each with the client's method and a kind of history that reaches it."""
        found: dict[Place, tuple[Play, Place, str]] = {}
        for play in self.all:
            for place, operation in play.undisturbed.places.items():
                if site_of(place) == site and place not in {outage.place for outage in play.given}:
                    found.setdefault(place, (play, place, operation))
        return list(found.values())

    def _polls(self, outages: tuple[Outage, ...]) -> PollHistory:
        history = PollHistory(self._client_of_table(), outages)
        history.play()
        return history

    def _reconciliations(self, outages: tuple[Outage, ...]) -> ReconcileHistory:
        history = ReconcileHistory(self._client_of_table(), outages)
        history.play()
        return history

    def _sends(
        self,
        content: dict[str, str],
        sends: list[Send],
        is_queue: bool,
        outages: tuple[Outage, ...],
        *,
        is_limited: bool = False,
    ) -> SendHistory:
        history = SendHistory(
            self._client_of_table(), outages, content=content, is_queue=is_queue, is_limited=is_limited
        )
        history.play(*sends, *LATER)
        return history
