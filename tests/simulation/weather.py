"""The faults of a history: which kinds it knows, how often each is met, and when a service is away altogether."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from tests.simulation.scheduler import START

# By service, what a call may meet, and how often, relative to the others.
KINDS: Mapping[str, Mapping[str, int]] = {
    "dynamodb": {
        "throttled": 3,
        "conflict": 2,
        "500": 2,
        "500 done": 2,
        "timeout": 1,
        "lost": 3,
        "unprocessed": 3,
        "unreachable": 1,
    },
    "events": {
        "throttled": 2,
        "500": 1,
        "500 done": 1,
        "timeout": 1,
        "lost": 2,
        "doubled": 2,
        "partial": 4,
        "unreachable": 1,
    },
    "sqs": {"throttled": 2, "timeout": 2, "lost": 2, "doubled": 3, "partial": 3},
    "secrets": {"throttled": 2, "timeout": 1},
    "list": {"429": 2, "503": 2, "reset": 1, "timeout": 1, "unreached": 1, "refused token": 3},
    "fetch": {"429": 1, "503": 1, "reset": 1},
    "create": {
        "429": 2,
        "429 retry-after": 1,
        "503": 3,
        "500 done": 3,
        "reset": 2,
        "lost": 4,
        "timeout": 2,
        "timeout done": 2,
        "unreached": 2,
        "rejected": 1,
        "opted out": 1,
        "unreadable": 1,
        "slow": 8,
    },
}
# How often a service is away altogether, by what is met then: certainly not carried out.
AWAY = {"dynamodb": "500", "events": "unreachable", "sqs": "throttled", "list": "503"}

# Of all calls these are the rarest, and have the most to lose.
RARE = ("create", "sqs")
OFTEN, SELDOM = (0.1, 0.3, 0.6), (0.02, 0.05, 0.15, 0.4)


@dataclass
class Weather:
    """What of *KINDS* a history knows, and how often; *clear* once all is to come to rest."""

    dice: Random
    share: dict[str, float] = field(default_factory=dict)
    away: dict[str, tuple[float, float]] = field(default_factory=dict)
    kill: float = 0.0
    slow: float = 0.0
    clear: bool = False
    _kinds: dict[str, tuple[list[str], list[int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, dice: Random, horizon: float) -> "Weather":
        """The weather of a history of *horizon* seconds: mostly some of all kinds, often some service worse."""
        weather = cls(dice, kill=dice.choice([0.0, 0.05, 0.2]), slow=dice.choice([0.0, 0.0, 0.03]))
        for service, kinds in KINDS.items():
            known = {kind: weight for kind, weight in kinds.items() if dice.random() < 0.7}
            if known and dice.random() < 0.75:
                # Of all calls a message creation is the rarest, and the one with the most to lose.
                weather.share[service] = dice.choice(
                    [0.1, 0.3, 0.6] if service == "create" else [0.02, 0.05, 0.15, 0.4]
                )
                weather._kinds[service] = (list(known), list(known.values()))
        for service in AWAY:
            if dice.random() < 0.12:
                begin = START + dice.uniform(0, horizon)
                weather.away[service] = (begin, begin + dice.choice([20, 70, 400]))
        return weather

    def met(self, service: str, now: float) -> str:
        """What a call of *service* meets; empty for nothing."""
        if self.clear:
            return ""
        begin, end = self.away.get(service, (0.0, 0.0))
        if begin <= now < end:
            return AWAY[service]
        share = self.share.get(service)
        if share is None or self.dice.random() >= share:
            return ""
        kinds, weights = self._kinds[service]
        return self.dice.choices(kinds, weights)[0]

    def seconds(self, most: float) -> float:
        """How long a call takes on its way, there or back, whose client waits *most* seconds."""
        if self.slow and not self.clear and self.dice.random() < self.slow:
            return most * self.dice.uniform(0.1, 0.45)
        return self.dice.random() * 0.08
