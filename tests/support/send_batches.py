"""The send queue for its model: batches sent by threads, which come again as from SQS, to a Twilio that fails."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.support.fakes import BUS, FakeBus, FakeClock, FakeQueue
from tests.support.locked_dynamodb import LockedDynamoDB
from tests.support.poll_fakes import ACCOUNT, Faults, Killed
from tests.support.send_fakes import Answer, SendingClient, TwilioAccount
from tests.support.send_histories import HOLD, TEXT, Request
from tests.support.sqs_events import sqs_event_of
from tests.support.world import TABLE
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import logger
from twilio_connector.limits.admission import Limits
from twilio_connector.limits.counters import Counters
from twilio_connector.sending import budget
from twilio_connector.sending.queue import SendQueue
from twilio_connector.sending.sender import Sender
from twilio_connector.sending.table import SendTable
from twilio_connector.settings import SendSettings
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.api import Parameters
from twilio_connector.wiring import RESERVE_SECONDS

SECONDS, VISIBILITY, RECEIVES = 45.0, 360.0, 5
CONFLICT: Any = {
    "Error": {"Code": "TransactionCanceledException"},
    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
}


@dataclass(frozen=True)
class Queued:
    """A message of the queue: what it asks for, and Twilio's answer at each receive, the last one ever again."""

    request: Request
    answers: Sequence[Answer]
    lag: float


@dataclass(frozen=True)
class Upset:
    """What else a batch meets: transactions in conflict, the call that kills it, so many events *refused*."""

    conflicts: bool = False
    killed_at: int | None = None
    refused: int = 0


class ThreadsClock(FakeClock):
    """A clock for threads that work at the same time: while one sleeps, it does not get later for the others."""

    def __init__(self) -> None:
        super().__init__()
        self._slept = threading.local()

    def __call__(self) -> float:
        """The time of this thread."""
        return self.now + float(getattr(self._slept, "seconds", 0.0))

    def sleep(self, seconds: float) -> None:
        """Let time pass for this thread."""
        self._slept.seconds = self() + seconds - self.now

    def go_on(self, seconds: float) -> None:
        """Let time pass for all, as much as for this thread and some more."""
        self.now, self._slept.seconds = self() + seconds, 0.0


@dataclass
class SharedAccount(TwilioAccount):
    """One that several threads ask at once."""

    lock: Any = field(default_factory=threading.RLock)

    def accept(self, parameters: Parameters, lag: float) -> dict[str, Any]:
        """As TwilioAccount."""
        with self._at_this_time() as account:
            return account.accept(parameters, lag)

    def listed(self) -> list[dict[str, Any]]:
        """As TwilioAccount."""
        with self._at_this_time() as account:
            return account.listed()

    @contextmanager
    def _at_this_time(self) -> Iterator[TwilioAccount]:
        with self.lock:
            yield TwilioAccount(FakeClock(self.clock()), self.template, self.messages)


class SharedFaults(Faults):
    """The calls of a batch, by whichever thread: the *killed_at*-th kills all, and so does Lambda at the *end*."""

    def __init__(self, killed_at: int | None, end: Deadline) -> None:
        super().__init__()
        self._end = end
        self._lock = threading.Lock()
        self._killed_at = killed_at
        self._calls = 0

    def reach(self, kind: str) -> None:
        """Make one more call, or die."""
        with self._lock:
            self._calls += 1
            self.dead = self.dead or self._calls == self._killed_at or not self._end.remaining()
        if self.dead:
            raise Killed


@dataclass
class Stepwise:
    """A client whose calls are steps of a batch; every other transaction is in conflict, if it *conflicts*."""

    client: Any
    faults: Faults
    conflicts: bool = False
    transactions: int = 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)

        def stepwise(**arguments: Any) -> Any:
            self.faults.reach(name)
            if name == "transact_write_items":
                self.transactions += 1
                if self.conflicts and self.transactions % 2:
                    raise ClientError(CONFLICT, "TransactWriteItems")
            answer = call(**arguments)
            self.faults.reach(name)
            return answer

        return stepwise


class QueueHistory:
    """One queue's messages by their IDs, from their first receive to their end."""

    def __init__(self, messages: Mapping[str, Queued], at_once: int, per_day: int = 0) -> None:
        self.clock = ThreadsClock()
        self.twilio = SharedAccount(self.clock, TEXT)
        self.dynamodb = LockedDynamoDB()
        self.bus, self.kept = FakeBus(), FakeQueue()
        self.messages, self.at_once, self.per_day = messages, at_once, per_day
        self.received: Counter[str] = Counter()
        self.dead: set[str] = set()
        self.clients: list[tuple[Request, SendingClient]] = []
        self._waiting = list(messages)

    def play(self, upsets: Sequence[Upset], batch: int = 10) -> None:
        """Hand the messages over, batch by batch, until each has ended; the first batches meet *upsets*."""
        left = list(upsets)
        while self._waiting:
            some, self._waiting = self._waiting[:batch], self._waiting[batch:]
            returned = self._deliver(some, left.pop(0) if left else Upset())
            self.dead |= {one for one in returned if self.received[one] == RECEIVES}
            self._waiting += [one for one in returned if self.received[one] < RECEIVES]
            self.clock.go_on(VISIBILITY)

    def told(self, detail_type: str) -> list[tuple[str, dict[str, Any]]]:
        """The key and the data of each event, published or kept."""
        details = self.bus.details(detail_type)
        details += [
            json.loads(event.detail)
            for event in map(UndeliveredQueue.parse, self.kept.bodies)
            if event.detail_type == detail_type
        ]
        return [(f"{detail['connection']}/{detail['id']}", detail["body"]["data"]) for detail in details]

    def _deliver(self, some: Sequence[str], upset: Upset) -> list[str]:
        """One invocation; returns what comes again."""
        self.received.update(some)
        self.bus.refusals = [upset.refused] * 3 if upset.refused else []
        event = sqs_event_of({one: self._body(self.messages[one].request) for one in some})
        try:
            response = self._queue(upset).handle(event, self._deadline(budget.MIN_SEND_SECONDS))
        except Killed:
            return list(some)
        returned = [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
        assert set(returned) <= set(some)
        return returned

    def _queue(self, upset: Upset) -> SendQueue:
        faults = SharedFaults(upset.killed_at, self._deadline(0.0))
        client: Any = Stepwise(self.dynamodb, faults, upset.conflicts)
        state = StateTable(client, TABLE, self._deadline(budget.STATE_RESERVE_SECONDS), self.clock.sleep)

        def client_of(name: str) -> Any:
            # Only the log of its thread says whose send it is.
            message_id = str(logger.thread_safe_get_current_keys()["sqs_message_id"])
            message = self.messages[message_id]
            assert message.request.connection == name
            answer = message.answers[min(self.received[message_id], len(message.answers)) - 1]
            deadline = self._deadline(RESERVE_SECONDS)
            one = SendingClient(self.twilio, self.get(name), deadline, faults, answer, message.lag)
            self.clients.append((message.request, one))
            return one

        bus: Any = Stepwise(self.bus, faults)
        kept: Any = Stepwise(self.kept, faults)
        outbox = Outbox(Publisher(bus, BUS, sleep=self.clock.sleep), UndeliveredQueue(kept, "https://sqs/undelivered"))
        sender = Sender(
            client_of,
            self,  # type: ignore[arg-type]  # gives connections
            SendTable(state, self.clock),
            SendSettings(TABLE, HOLD),
            budget.MAX_QUEUE_SEARCH_SECONDS,
            self.clock,
            self.clock.sleep,
            Limits(counters=Counters(state, 0, self.per_day, self.clock)) if self.per_day else Limits(),
        )
        return SendQueue(sender, outbox, self._deadline(budget.MIN_PUBLISH_SECONDS), self.at_once, gather_seconds=0.001)

    def get(self, name: str) -> Connection:
        """As ConnectionStore: connections of one account."""
        return Connection(name, ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def _deadline(self, reserve: float) -> Deadline:
        return Deadline.after(SECONDS - reserve, self.clock)

    @staticmethod
    def _body(request: Request) -> dict[str, str]:
        common = {"to": "+15551234567", "from": "+15555551234"}
        return {**common, "connection": request.connection, "idempotencyKey": request.key, **request.content}


@contextmanager
def often_interrupted() -> Iterator[None]:
    """Let threads be interrupted as often as they can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
