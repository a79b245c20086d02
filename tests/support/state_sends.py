"""Histories of sends, for :mod:`.state_histories`."""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.support.fakes import BUS, FakeBus, FakeQueue
from tests.support.poll_fakes import ACCOUNT, Faults
from tests.support.send_fakes import Answer, SendingClient, TwilioAccount
from tests.support.state_histories import History
from tests.support.world import TABLE
from twilio_connector.bus.event import Event
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import ServiceUnavailableError, TwilioConnectorError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.limits.admission import Limits
from twilio_connector.limits.counters import Counters
from twilio_connector.sending import budget
from twilio_connector.sending.queue import SendQueue
from twilio_connector.sending.sender import Sender
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.wiring import RESERVE_SECONDS

HOLD = 900


class Send(NamedTuple):
    """A call of send_sms, *wait* seconds after the one before, and what Twilio answers it."""

    wait: float
    answer: Answer


class Ended(NamedTuple):
    """How a call ended: with a *sid*, or with an *error*; after so many requests for a message, and *seconds*."""

    answer: Answer
    attempts: int
    sid: str | None
    error: TwilioConnectorError | None
    met: int
    seconds: float

    @property
    def has_failed_before(self) -> bool:
        """Whether the table has made it fail before it could ask Twilio."""
        return bool(self.met and not self.attempts and type(self.error) is ServiceUnavailableError)


class RecordedSender(Sender):
    """Keeps the result of a call, which a queue does not return."""

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
    """Calls under one key, each through the queue or direct, of a text or a template (*content*).

    If it *is_limited*, texts are counted.
    """

    seconds = 60.0
    content: dict[str, str] = field(default_factory=lambda: {"message": "A text"})
    is_queue: bool = False
    is_limited: bool = False
    ended: list[Ended] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.bus = FakeBus()
        self.undelivered = FakeQueue()
        self.twilio = TwilioAccount(self.clock, "A template")

    def play(self, *sends: Send) -> None:
        """All *sends*; one that fails before it has asked Twilio is made again at once."""
        for wait, answer in sends:
            self.clock.now += wait
            if self.send(answer).has_failed_before:
                self.send(answer)

    def send(self, answer: Answer) -> Ended:
        """One call."""
        connection = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")
        deadline = Deadline.after(self.seconds - RESERVE_SECONDS, self.clock)
        client: Any = SendingClient(self.twilio, connection, deadline, Faults(), answer, lag=0.0)
        event = {"to": "+15551234567", "from": "+15555551234", "idempotencyKey": "order-1", **self.content}
        sid, began = None, self.clock.now
        with self.invocation(self.seconds, budget.STATE_RESERVE_SECONDS) as (state, met):
            sender = RecordedSender(
                lambda _: client,
                _Connections(connection),  # type: ignore[arg-type]  # has what a send uses of it
                SendTable(state, self.clock),
                SendSettings(TABLE, HOLD),
                search_seconds=budget.MAX_QUEUE_SEARCH_SECONDS,
                clock=self.clock,
                sleep=self.clock.sleep,
                limits=Limits(counters=Counters(state, 9, 9, self.clock)) if self.is_limited else Limits(),
            )
            if self.is_queue:
                sid = self._from_the_queue(sender, event)
            else:
                try:
                    sid = sender.send_sms(event, "")["data"]["sid"]
                except TwilioConnectorError as exc:
                    assert exc is sender.__dict__["error"]
        took = self.clock.now - began
        self.ended.append(Ended(answer, len(client.attempts), sid, sender.__dict__["error"], met(), took))
        return self.ended[-1]

    def _from_the_queue(self, sender: Sender, event: dict[str, Any]) -> str | None:
        bus: Any = self.bus
        kept: Any = self.undelivered
        outbox = Outbox(Publisher(bus, BUS), UndeliveredQueue(kept, "https://queue"))
        publish_by = Deadline.after(self.seconds - budget.MIN_PUBLISH_SECONDS, self.clock)
        queue = SendQueue(sender, outbox, publish_by)
        entries, bodies = len(self.bus.entries), len(self.undelivered.bodies)
        record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(event), "eventSource": "aws:sqs"}
        deadline = Deadline.after(self.seconds - budget.MIN_SEND_SECONDS, self.clock)
        returned = queue.handle({"Records": [record]}, deadline)["batchItemFailures"]
        published = [Event(entry["DetailType"], entry["Detail"]) for entry in self.bus.entries[entries:]]
        told = [*published, *map(UndeliveredQueue.parse, self.undelivered.bodies[bodies:])]
        assert len(told) + len(returned) == 1
        sent = [json.loads(event.detail) for event in told if event.detail_type == "Message Sent"]
        return sent[0]["body"]["data"]["message"]["sid"] if sent else None


@dataclass(frozen=True)
class _Connections:
    """A store of one connection."""

    connection: Connection

    def get(self, name: str) -> Connection:
        """As ConnectionStore."""
        assert name == self.connection.name
        return self.connection
