"""Every place that calls, times every fault: which play reaches it, and what comes of it there.

Why: docs/decisions.md#2026-11-29-one-matrix-of-all-calls-on-a-network-in-memory
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tests.support import call_sites
from tests.support.call_faults import Fault, Faults, Given, Outage, Times, why_not
from tests.support.call_plays import raw, reading, updating
from tests.support.call_plays_lists import hooked, polled, reconciled
from tests.support.call_plays_sends import direct, opted_out, queued, redelivered
from tests.support.call_sites import Place, Site
from tests.support.call_stack import CallStack, calls_of
from tests.support.custom_bus import ARN
from tests.support.simulated_network import ON_CUSTOM_BUS
from tests.support.simulated_time import BEGINNING, SimulatedTime
from twilio_connector.connections.secret_value import CURRENT, PENDING

Perform = Callable[[CallStack], set[str]]
LIMITS = {"MAX_SENDS_PER_DAY": "50", "MAX_SENDS_PER_RECIPIENT_PER_HOUR": "40"}


@dataclass(frozen=True)
class Play:
    """A *name*, what to *perform*, which returns deviations, in what *environment*, and with which fault *given*."""

    name: str
    perform: Perform
    environment: dict[str, str] = field(default_factory=dict)
    given: Callable[[], Given | None] = lambda: None


def _all_calls(operation: str, fault: Fault, left: float = float("inf")) -> Callable[[], Given]:
    return lambda: Given(lambda place: place.operation == operation, fault, left)


def _claim_is_lost() -> Given:
    """Of the two transactions that take a key, the first one."""
    return Given(lambda place: place == CLAIM[0], Fault.RESET_DONE, is_brief=True)


# The place where a key is taken, once a play without a fault has been there.
CLAIM: list[Place] = []
BUS_IS_AWAY = _all_calls("PutEvents", Fault.FAILED)
# The same calls on the other kind of bus, which has its own answers to each fault.
IN_ORDER = {"CUSTOM_EVENT_BUS_ARN": ARN}
CUSTOM_BUS_IS_AWAY = _all_calls(f"PutEvents {ON_CUSTOM_BUS}", Fault.FAILED)
PLAYS = [
    Play("reading", reading),
    Play("reading, after a rotation", partial(reading, stage=CURRENT)),
    Play("reading, within a rotation", partial(reading, stage=PENDING)),
    Play("updating", updating),
    Play("updating, after a rotation", partial(updating, stage=CURRENT)),
    Play("updating, its answers lost", updating, given=_all_calls("Twilio's POST", Fault.RESET_DONE)),
    Play("raw requests", raw),
    Play("raw requests, limited", raw, LIMITS),
    Play("raw requests, limited, refused", raw, LIMITS, _all_calls("Twilio's POST", Fault.THROTTLED, 2)),
    Play("raw requests, after a rotation", partial(raw, stage=CURRENT)),
    Play("send", direct),
    Play("send, limited", direct, LIMITS),
    Play("send, limited, refused", direct, LIMITS, _all_calls("Twilio's POST", Fault.REFUSED, 4)),
    Play("send, after a rotation", partial(direct, stage=CURRENT)),
    Play("send, its answer lost", direct, given=_all_calls("Twilio's POST", Fault.RESET_DONE, 1)),
    Play("send, not made", direct, given=_all_calls("Twilio's POST", Fault.RESET, 1)),
    Play("send, limited, not made", direct, LIMITS, _all_calls("Twilio's POST", Fault.RESET, 1)),
    Play("send, its claim lost", direct, given=_claim_is_lost),
    Play("send to who has opted out", opted_out),
    Play("send to who has opted out, the bus away", opted_out, given=BUS_IS_AWAY),
    Play("queue", queued),
    Play("queue, the bus away", queued, given=BUS_IS_AWAY),
    Play("poll", polled),
    Play("poll, of a text too large", partial(polled, oversize=True)),
    Play("poll, after a rotation", partial(polled, stage=CURRENT)),
    Play("reconcile", reconciled),
    Play("reconcile, the bus away", reconciled, given=BUS_IS_AWAY),
    Play("reconcile, after a rotation", partial(reconciled, stage=CURRENT)),
    Play("webhook", hooked),
    Play("webhook, the bus away", hooked, given=BUS_IS_AWAY),
    Play("webhook, the secret away once", hooked, given=_all_calls("GetSecretValue AWSCURRENT", Fault.FAILED, 1)),
    Play("redeliver", redelivered),
    Play("redeliver, the bus away", redelivered, given=BUS_IS_AWAY),
    Play("send to who has opted out, on a Custom Event Bus", opted_out, IN_ORDER),
    Play("queue, on a Custom Event Bus", queued, IN_ORDER),
    Play("poll, on a Custom Event Bus", polled, IN_ORDER),
    Play("reconcile, on a Custom Event Bus", reconciled, IN_ORDER),
    Play("webhook, on a Custom Event Bus", hooked, IN_ORDER),
    Play("redeliver, on a Custom Event Bus", redelivered, IN_ORDER),
    Play("redeliver, a Custom Event Bus away", redelivered, IN_ORDER, CUSTOM_BUS_IS_AWAY),
]


@dataclass
class Cells:
    """All plays, undisturbed: which places each has called from, and through which sites."""

    clock: SimulatedTime
    places: dict[Place, Play] = field(default_factory=dict)
    passed: set[Site] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)

    def explore(self, plays: Iterable[Play] = PLAYS) -> None:
        """Perform each of *plays* without a fault but its own."""
        for play in plays:
            stack, deviations = self.perform(play)
            assert not deviations, f"{play.name}: {deviations}"
            for place in stack.network.calls:
                self.places.setdefault(place, play)
                if place.operation == "TransactWriteItems" and place.functions[1].endswith("._take") and not CLAIM:
                    CLAIM.append(place)
            self.passed |= stack.network.passed
            self.operations |= {place.operation.partition(" ")[0] for place in stack.network.calls}

    def at(self, site: Site) -> list[Place]:
        """The places in the lines of *site*."""
        return [
            place
            for place in self.places
            if place.module == site.module
            if site.first <= place.line <= site.last
            or (site.is_lazy and f"{site.module}.{site.function}" in place.functions)
        ]

    def perform(self, play: Play, outage: Outage | None = None) -> tuple[CallStack, set[str]]:
        """Perform *play* from the beginning, with that outage; returns what it leaves, and its deviations."""
        self.clock.now = BEGINNING
        stack = CallStack(self.clock, Faults(outage, play.given()), dict(play.environment))
        with calls_of(stack):
            deviations = play.perform(stack)
        if outage:
            assert outage.met, "it has met no fault"
        return stack, deviations

    def outages_at(self, place: Place) -> Iterator[Outage]:
        """All that can happen at *place*."""
        for fault in Fault:
            if not why_not(fault, place.operation):
                for times in Times if fault is not Fault.KILLED else (Times.ONCE,):
                    yield Outage(place, fault, times)


def own_sites() -> list[Site]:
    """The sites that are not of adapters, which only pass on what others ask for."""
    return sorted(site for site in call_sites.sites() if not site.module.startswith(call_sites.ADAPTERS))


_KEYS = "twilio_connector.webhook.signing_keys"
# Sites that ask for what the same invocation has just read: they find it cached, and call only if it expires between.
FOUND_BY_CACHE = {
    ("twilio_connector.connections.parsed_secret", "ParsedSecrets.is_deleted"),
    *((_KEYS, f"SigningKeys.{name}") for name in ("_current", "_others", "_look_beside", "_other_versions")),
}
# Plays that go through every site, and of these the one whose cells are visited by `make test`.
FEW = {
    "reading, within a rotation",
    "updating, its answers lost",
    "raw requests, limited, refused",
    "send",
    "send, after a rotation",
    "send, its answer lost",
    "send, not made",
    "send, its claim lost",
    "send to who has opted out, the bus away",
    "queue",
    "poll, of a text too large",
    "reconcile",
    "webhook",
    "webhook, the secret away once",
    "redeliver, the bus away",
}
SMALL = "redeliver, the bus away"
