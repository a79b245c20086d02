"""One history: a stack, what surrounds it, what its seed lets happen, and how it all comes to rest."""

import json
from collections.abc import Callable
from functools import partial
from random import Random

from tests.simulation.aws import SecretsManager
from tests.simulation.bus import CustomEventBus, EventBridge
from tests.simulation.callbacks import Callbacks
from tests.simulation.callers import Callers
from tests.simulation.dynamodb import DynamoDB
from tests.simulation.functions import Functions
from tests.simulation.history import Record
from tests.simulation.mappings import Mapping
from tests.simulation.present import history
from tests.simulation.queues import SQS, Queue
from tests.simulation.scheduler import START, Scheduler, Task
from tests.simulation.surroundings import Invocation, Surroundings
from tests.simulation.twilio import Account
from tests.simulation.twilio_api import ORIGIN, Api
from tests.simulation.weather import Weather
from tests.support.custom_bus import ARN
from tests.support.fakes import BUS
from tests.support.poll_fakes import ACCOUNT, ORDERS, Listing
from tests.support.reconcile_fakes import COURSES
from tests.support.webhook_requests import API_URL, AUTH_TOKEN
from tests.support.world import TABLE
from twilio_connector.bus import custom_bus, publisher

OVERLAP, HOLD = 60, 900
PREFIX = "twilio/connections/"
MOST_POLLED, MOST_IN_EVENT = 12, 2
VISIBILITY, RECEIVES = 360.0, 5
UNDELIVERED_VISIBILITY, UNDELIVERED_RECEIVES = 180.0, 20
# How many histories publish on a Custom Event Bus.
SHARE_IN_ORDER = 0.25
# Longer than all that waits: courses of messages, pauses of queues, leases, holds.
REST_SECONDS = 9_000.0


class World:
    """The history of *seed*."""

    def __init__(self, seed: int) -> None:
        dice = Random(seed)
        self.seed, self.dice = seed, dice
        self.horizon = dice.choice([200.0, 800.0, 1600.0])
        scheduler = Scheduler()
        self.around = Surroundings(dice, scheduler, Weather.of(dice, self.horizon))
        history.scheduler, history.dice = scheduler, dice
        order = dice.choice(list(ORDERS))
        # Where lists by date leave undated messages out, the list of all times has to show them where it should.
        undated = dice.random() < 0.5 or order not in ("sent", "created")
        self.listing = Listing(order, undated, by_day=dice.random() < 0.5)
        if order != "sent":
            self.around.record.faults["twilio", "rows reordered"] += 1
        self.twilio = Account(self.around, self.listing, OVERLAP, HOLD)
        self.api = Api(self.around, self.twilio)
        history.manager = self.api.manager
        # Of its own dice: a history is what it was before there was another kind of bus.
        self.in_order = Random(f"bus of {seed}").random() < SHARE_IN_ORDER
        self.bus = CustomEventBus(self.around) if self.in_order else EventBridge(self.around)
        self.undelivered = Queue("undelivered", UNDELIVERED_VISIBILITY, UNDELIVERED_RECEIVES)
        self.inputs = Queue("inputs", VISIBILITY, RECEIVES)
        self.per_hour, self.per_day = dice.choice([0, 0, 0, 2]), dice.choice([0, 0, 0, 4])
        secret = json.dumps({"accountSid": ACCOUNT, "authToken": AUTH_TOKEN})
        clients = {
            "dynamodb": DynamoDB(self.around, dice.choice([3, 1_000])),
            "custom_bus" if self.in_order else "events": self.bus,
            "sqs": SQS(self.around, self.undelivered),
            "secrets": SecretsManager(self.around, {f"{PREFIX}default": secret}),
        }
        self.functions = Functions(self.around, self._env(), clients)
        troubled = dice.choice([0.0, 0.1, 0.4])
        self.callbacks = Callbacks(self.around, self.functions, dice.choice([0.0, 0.1, 0.3, 1.0]), troubled)
        self.twilio.tell = self.callbacks.tell
        self.callers = Callers(self.around, self.functions, self.inputs)
        Mapping(self.around, self.functions, self.undelivered, "redeliver", 2, troubled)
        Mapping(self.around, self.functions, self.inputs, "send_sms", dice.choice([1, 2]), troubled)
        # Who is there at all: few at once come further than all do.
        self.polls = dice.random() < 0.6
        self.reconciles = dice.random() < 0.5

    @property
    def record(self) -> Record:
        """What happened."""
        return self.around.record

    def play(self) -> None:
        """Play the history to its end."""
        # A page has three events at most: as many calls, which are made side by side, or one.
        publisher.ENTRIES_PER_CALL = self.dice.choice([1, 10, 10])
        custom_bus.ENTRIES_PER_REQUEST = publisher.ENTRIES_PER_CALL
        self.around.note(
            "world",
            f"seed {self.seed}, lists by {self.listing.order}, undated match {self.listing.undated_match}, "
            f"limits {self.per_hour} an hour, {self.per_day} a day",
        )
        self._plan()
        self.around.scheduler.run(START + self.horizon)
        self.around.weather.clear = True
        self.around.note("world", "all faults end")
        self.around.scheduler.run(self.around.now + REST_SECONDS)
        self._settle()

    def function(self, name: str) -> list[Invocation]:
        """The invocations of a function."""
        return [one for one in self.functions.invocations if one.function == name]

    def _plan(self) -> None:
        dice, at = self.dice, self._at
        for _ in range(dice.choice([0, 1, 3, 8])):
            at(lambda: self._strangers(dice.choice([1, 1, 2, 7])))
        for _ in range(dice.choice([0, 1, 3])):
            at(self._touch)
        if self.polls:
            self._schedule("poll", dice.choice([80, 200, 500]))
        if self.reconciles:
            self._schedule("reconcile", dice.choice([120, 300, 900]))
        for _ in range(dice.choice([0, 0, 1, 2])):
            kind = dice.choice(["own", "own", "shared", "template"])
            at(partial(self._call, kind))
        for _ in range(dice.choice([0, 0, 0, 1])):
            at(lambda: self.callers.asynchronous(self.callers.ask(dice.choice(["own", "shared"]))))
        for _ in range(dice.choice([0, 0, 1, 2])):
            at(lambda: self._inputs(dice.choice([1, 2, 4])))
        for _ in range(dice.choice([0, 0, 0, 1])):
            at(self._alike)

    def _schedule(self, function: str, pause: float) -> None:
        """Invoke *function* again and again, sometimes twice at once, sometimes with little time."""
        dice, when = self.dice, START + 1
        while when < START + self.horizon:
            seconds = dice.choice([None, None, None, 45.0, 33.0])
            for _ in range(2 if dice.random() < 0.15 else 1):
                self.around.scheduler.at(when + dice.random() * 2, partial(self._run, function, seconds))
            when += pause * dice.uniform(0.7, 1.3)

    def _run(self, function: str, seconds: float | None) -> None:
        self.functions.invoke(function, {}, seconds=seconds)

    def _call(self, kind: str) -> None:
        self.callers.direct(self.callers.ask(kind), self.dice.randint(0, 4))

    def _at(self, action: Callable[[], None]) -> None:
        self.around.scheduler.at(START + self.dice.uniform(0, self.horizon * 0.9), action)

    def _strangers(self, count: int) -> None:
        """Let messages come in, or be sent by others, at once."""
        for _ in range(count):
            course = self.dice.choice([("received",), ("received",), *COURSES])
            row = self.twilio.add(tuple(course), "+15557770001", f"Text {len(self.twilio.rows)}", OVERLAP - 10)
            if self.dice.random() < 0.05:
                self.around.scheduler.after(self.dice.uniform(1, 300), partial(self.twilio.vanish, row))

    def _touch(self) -> None:
        if self.twilio.rows:
            self.twilio.touch(self.dice.choice(self.twilio.rows))

    def _inputs(self, count: int) -> None:
        kinds = ["own", "own", "own", "shared", "shared", "template", "invalid", "broken"]
        for _ in range(count):
            self.callers.queued(self.callers.ask(self.dice.choice(kinds)))

    def _alike(self) -> None:
        """Let several send one text to one recipient at once, each under a key of its own."""
        for _ in range(self.dice.choice([2, 2, 3, 4])):
            one = self.callers.ask("shared", alike=True)
            if self.dice.random() < 0.5:
                self.callers.queued(one)
            else:
                self.around.scheduler.after(self.dice.random() * 4, partial(self.callers.direct, one, 4))

    def _settle(self) -> None:
        """Let polls catch up, and passes be done: three, of which the last two have begun in peace."""
        if self.polls:
            for _ in range(2):
                while self._once("poll")["truncated"]:
                    pass
                self.around.scheduler.run(self.around.now + OVERLAP)
        if self.reconciles:
            for _ in range(3):
                while self._once("reconcile")["truncated"]:
                    pass
                self.around.scheduler.run(self.around.now + OVERLAP + 2)

    def _once(self, function: str) -> dict[str, bool]:
        waiters: list[Task] = []
        invocation = self.functions.invoke(function, {}, then=lambda _: self.around.scheduler.wake(waiters))
        self.around.scheduler.wait(waiters)
        if self.around.scheduler.failure:
            raise self.around.scheduler.failure
        assert invocation.outcome == "returned", f"{invocation.name} failed in peace: {invocation.result!r}"
        assert not invocation.result["skipped"], f"{invocation.name} was skipped in peace"
        result: dict[str, bool] = invocation.result
        return result

    def _env(self) -> dict[str, str]:
        return {
            "CONNECTION_PREFIX": PREFIX,
            "TWILIO_API_URL": ORIGIN,
            "EVENT_BUS_NAME": BUS,
            **({"CUSTOM_EVENT_BUS_ARN": ARN} if self.in_order else {}),
            "UNDELIVERED_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/undelivered",
            "STATE_TABLE_NAME": TABLE,
            "POLL_OVERLAP_SECONDS": str(OVERLAP),
            "POLL_MAX_MESSAGES": str(MOST_POLLED),
            "MAX_MESSAGES_PER_EVENT": str(MOST_IN_EVENT),
            "UNKNOWN_HOLD_SECONDS": str(HOLD),
            "SENDS_PER_BATCH_AT_ONCE": str(self.dice.choice([1, 2, 10])),
            "STATUS_CALLBACK_BASE_URL": API_URL,
            "PREVIOUS_TOKEN_SECONDS": "3600",
            "API_BASE_URL": API_URL,
            "MAX_SENDS_PER_RECIPIENT_PER_HOUR": str(self.per_hour),
            "MAX_SENDS_PER_DAY": str(self.per_day),
        }
