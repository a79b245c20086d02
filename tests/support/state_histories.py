"""Histories of polls and of sends, in which the state table fails at one place and then works again."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.support.fakes import FakeBus, FakeClock
from tests.support.poll_fakes import Faults, KillableBus, ListingClient, Row
from tests.support.send_fakes import Answer, SendingClient, TwilioAccount
from tests.support.state_faults import Fault, FaultyTable, Tokens
from tests.support.state_sites import Place
from tests.support.world import TABLE
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import ServiceUnavailableError, TwilioConnectorError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.polling import budget as polling
from twilio_connector.polling.poller import Poller
from twilio_connector.sending import budget as sending
from twilio_connector.sending.queue import SendQueue
from twilio_connector.sending.sender import Sender
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import PollSettings, SendSettings
from twilio_connector.state.table import StateTable
from twilio_connector.wiring import RESERVE_SECONDS

OVERLAP, MAX_MESSAGES, HOLD = 30, 12, 900
NOWHERE: Any = None


class Outage(NamedTuple):
    """What calls at a *place* meet: *fault*, so many *times* or, if infinite, until it has made an invocation fail."""

    place: Place
    fault: Fault
    times: float


@dataclass
class History:
    """Invocations one after the other, under a *name* of their own in a table that many histories share.

    *places* are where DynamoDB is called from, each with the client's method, *pauses* what is waited before repeats.
    """

    name: str
    dynamodb: Any
    outages: tuple[Outage, ...] = ()
    clock: FakeClock = field(default_factory=FakeClock)
    places: dict[Place, str] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    met: Counter[Place] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._tokens = Tokens()
        self.plan = {outage.place: (outage.fault, outage.times) for outage in self.outages}

    @contextmanager
    def invocation(self, seconds: float, reserve: float) -> Iterator[tuple[StateTable, Callable[[], int]]]:
        """The state table of one invocation, which has to end in time; and how many faults it has met."""
        began = self.clock.now
        client: Any = FaultyTable(self.dynamodb, self.clock, self._tokens, self.plan)
        until = Deadline.after(seconds - reserve, self.clock)
        yield StateTable(client, TABLE, until, self._sleep, jitter=lambda _, longest: longest), client.met.total
        assert self.clock.now - began <= seconds, "it did not end in time"
        self.places |= {place: operation for place, operation in client.calls if place not in self.places}
        self.met += client.met
        if client.met:
            # What has lasted through an invocation is over by the next one.
            self.plan.clear()

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.now += seconds


@dataclass
class PollHistory(History):
    """Polls of one cursor: backfill, a truncated poll, late dates, what is forgotten, skipped, refused by the bus.

    *failed* are the errors of polls, *repeatable* how many messages those had published.
    """

    seconds = 300.0
    rows: list[Row] = field(default_factory=list)
    published: Counter[str] = field(default_factory=Counter)
    failed: list[ServiceUnavailableError] = field(default_factory=list)
    repeatable: int = 0

    def play(self) -> None:
        """All of it."""
        self.poll()
        self.clock.now += OVERLAP
        now = int(self.clock.now)
        self.add(*(now - 1 - number // 3 for number in range(12)), None)
        self.poll_until_done()
        self.clock.now += 10
        for row in self.rows:
            row.sent = row.sent or int(self.clock.now)
        self.add(*(int(self.clock.now) - 1 for _ in range(4)), None)
        self.poll_until_done(taken=[1])
        self.clock.now += 400
        self.add(int(self.clock.now) - 5)
        self.poll_until_done()
        self.clock.now += 2
        self.poll({"showNewRecords": False})
        self.clock.now += 2
        self.poll_until_done()

    def add(self, *sent: int | None) -> None:
        """Let messages be listed that were sent at these seconds, or not yet."""
        for second in sent:
            sid = f"SM{len(self.rows) + 1:032x}"
            self.rows.append(Row(sid, second or int(self.clock.now), second, self.clock.now))

    def poll_until_done(self, taken: list[int] | None = None) -> None:
        """Poll until nothing is left, the bus taking as many entries as *taken* says of the first calls."""
        while self.poll(taken=taken)["truncated"]:
            taken = None

    def poll(self, event: dict[str, Any] | None = None, taken: list[int] | None = None) -> dict[str, Any]:
        """Poll once, and again at once where the table, or the bus, has made it fail."""
        faults = Faults()
        client: Any = ListingClient(self.rows, self.clock, faults, undated_match=True)
        bus: Any = KillableBus(self.published, faults, taken or [])
        before = sum(self.published.values())
        with self.invocation(self.seconds, polling.STATE_RESERVE_SECONDS) as (state, met):
            poller = Poller(
                lambda _: client,
                state,
                Outbox(Publisher(bus, "bus", retry_seconds=(), sleep=lambda _: None), UndeliveredQueue(NOWHERE, "")),
                PollSettings(TABLE, OVERLAP, MAX_MESSAGES, 2),
                Deadline.after(self.seconds - polling.QUIET_SECONDS, self.clock),
                self.seconds,
                self.clock,
            )
            result, error = None, None
            try:
                result = poller.poll({"connection": self.name, **(event or {})})
            except ServiceUnavailableError as exc:
                error = exc
        if result and not result["skipped"]:
            return result
        if error and met():
            self.failed.append(error)
            self.repeatable += sum(self.published.values()) - before
        if result:
            # The lease that could not be released.
            assert self.met
            self.clock.now += self.seconds + polling.LEASE_GRACE_SECONDS + 1
        return self.poll(event)


class Send(NamedTuple):
    """A call of send_sms, *wait* seconds after the one before, and what Twilio answers it."""

    wait: float
    answer: Answer


class Ended(NamedTuple):
    """How a call ended: with a *sid*, or with an *error*; after so many requests for a message (*attempts*)."""

    answer: Answer
    attempts: int
    sid: str | None
    error: TwilioConnectorError | None
    met: int

    @property
    def has_failed_before(self) -> bool:
        """Whether the table has made it fail before it could ask Twilio."""
        return bool(self.met and not self.attempts and type(self.error) is ServiceUnavailableError)


class RecordedSender(Sender):
    """Keeps what a call ends with, which a queue does not tell."""

    def send_sms(self, event: object, default_key: str) -> dict[str, Any]:
        """As Sender."""
        self.__dict__["error"] = None
        try:
            return super().send_sms(event, default_key)
        except TwilioConnectorError as exc:
            self.__dict__["error"] = exc
            raise


@dataclass
class SendHistory(History):
    """Calls under one key, each through the queue or direct, of a text or a template (*content*)."""

    seconds = 60.0
    content: dict[str, str] = field(default_factory=lambda: {"message": "A text"})
    is_queue: bool = False
    ended: list[Ended] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.bus = FakeBus()
        self.twilio = TwilioAccount(self.clock, "A template")
        self.account_sid = f"AC{abs(hash(self.name)):032x}"[:34]

    def play(self, *sends: Send) -> None:
        """All *sends*; one that fails before it has asked Twilio is made again at once."""
        for wait, answer in sends:
            self.clock.now += wait
            if self.send(answer).has_failed_before:
                self.send(answer)

    def send(self, answer: Answer) -> Ended:
        """One call."""
        connection = Connection("default", self.account_sid, self.account_sid, "secret", None, "http://127.0.0.1:1")
        deadline = Deadline.after(self.seconds - RESERVE_SECONDS, self.clock)
        client: Any = SendingClient(self.twilio, connection, deadline, Faults(), answer, lag=0.0)
        event = {"to": "+15551234567", "from": "+15555551234", "idempotencyKey": self.name, **self.content}
        sid = None
        with self.invocation(self.seconds, sending.STATE_RESERVE_SECONDS) as (state, met):
            sender = RecordedSender(
                lambda _: client,
                _Connections(connection),  # type: ignore[arg-type]  # has what a send uses of it
                SendTable(state, self.clock),
                SendSettings(TABLE, HOLD),
                search_seconds=sending.MAX_QUEUE_SEARCH_SECONDS,
                clock=self.clock,
                sleep=self.clock.sleep,
            )
            if self.is_queue:
                sid = self._from_the_queue(sender, event)
            else:
                try:
                    sid = sender.send_sms(event, "")["data"]["sid"]
                except TwilioConnectorError as exc:
                    assert exc is sender.__dict__["error"]
        self.ended.append(Ended(answer, len(client.attempts), sid, sender.__dict__["error"], met()))
        return self.ended[-1]

    def _from_the_queue(self, sender: Sender, event: dict[str, Any]) -> str | None:
        outbox = Outbox(Publisher(self.bus, "bus"), UndeliveredQueue(NOWHERE, ""))  # type: ignore[arg-type]  # has what is used
        publish_by = Deadline.after(self.seconds - sending.MIN_PUBLISH_SECONDS, self.clock)
        queue = SendQueue(sender, outbox, publish_by)
        told = len(self.bus.entries)
        record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(event), "eventSource": "aws:sqs"}
        deadline = Deadline.after(self.seconds - sending.MIN_SEND_SECONDS, self.clock)
        returned = queue.handle({"Records": [record]}, deadline)["batchItemFailures"]
        assert bool(returned) != (len(self.bus.entries) > told), "neither told nor returned, or both"
        sent = [entry for entry in self.bus.entries[told:] if entry["DetailType"] == "Message Sent"]
        return json.loads(sent[0]["Detail"])["body"]["data"]["message"]["sid"] if sent else None


@dataclass(frozen=True)
class _Connections:
    """A store of one connection."""

    connection: Connection

    def get(self, name: str) -> Connection:
        """As ConnectionStore."""
        assert name == self.connection.name
        return self.connection
