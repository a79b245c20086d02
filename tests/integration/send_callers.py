"""Callers of send_sms that stop at every step, and the Twilio and the table that they stop at."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.fakes import FakeClock
from twilio_connector.client import Page, Parameters
from twilio_connector.connections import Connection
from twilio_connector.deadline import Deadline
from twilio_connector.errors import (
    OutcomeUnknownError,
    ServiceUnavailableError,
    TwilioRejectedError,
    TwilioThrottledError,
)
from twilio_connector.send_records import Record, Send
from twilio_connector.send_table import SendTable

# Lambda ends an invocation so long after the connector's own deadline.
RESERVE_SECONDS = 2.0
TEMPLATE_TEXT = "A private text"


class Killed(BaseException):
    """The invocation is over; nothing after this runs, as after a SIGKILL."""


class Caller(threading.Thread):
    """One invocation, which goes on only when told to: never two at a time."""

    def __init__(self, call: Callable[[], str], deadline: Deadline) -> None:
        super().__init__(daemon=True)
        self.deadline = deadline
        self.sid: str | None = None
        self.error: Exception | None = None
        self.killed = False
        self.over = False
        self._call = call
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.start()

    def run(self) -> None:
        self._go.acquire()
        try:
            if not self.killed:
                self.sid = self._call()
        except Killed:
            pass
        except Exception as exc:
            self.error = exc
        finally:
            self.over = True
            self._stopped.release()

    def step(self) -> None:
        """Let it run up to where it stops next."""
        self._go.release()
        self._stopped.acquire()

    def kill(self) -> None:
        """Let it never run again."""
        self.killed = True
        self.step()


def stop() -> None:
    """Where the current caller waits to be told to go on."""
    caller = threading.current_thread()
    assert isinstance(caller, Caller)
    caller._stopped.release()
    caller._go.acquire()
    if caller.killed:
        raise Killed


@dataclass(frozen=True)
class Sent:
    """A message that Twilio accepted, and from when on it is listed."""

    resource: dict[str, Any]
    listed: float


@dataclass
class FakeTwilio:
    """One account's messages."""

    clock: FakeClock
    messages: list[Sent] = field(default_factory=list)

    def accept(self, parameters: Parameters, lag: float) -> dict[str, Any]:
        """Accept a message, which is listed after *lag* seconds."""
        values = dict(parameters)
        resource = {
            "sid": f"SM{len(self.messages):032x}",
            "to": values["To"],
            "from": values["From"],
            "body": values.get("Body", TEMPLATE_TEXT),
            "date_created": format_datetime(datetime.fromtimestamp(self.clock.now, UTC)),
        }
        self.messages.append(Sent(resource, self.clock.now + lag))
        return resource


@dataclass
class FakeClient:
    """The Twilio client of one caller. *answer* is what its message creation meets, *lag* how late it is listed."""

    twilio: FakeTwilio
    connection: Connection
    deadline: Deadline
    answer: str
    lag: float
    accepted: list[str]

    def create_message(self, parameters: Parameters) -> dict[str, Any]:
        """As the client: 201, or an error that tells whether it was certainly not sent."""
        stop()
        if self.answer == "rejected":
            raise TwilioRejectedError("Twilio answered 400.")
        if self.answer == "throttled":
            raise TwilioThrottledError("Twilio answered 429.")
        resource = None
        if self.answer in ("created", "lost"):
            resource = self.twilio.accept(parameters, self.lag)
            self.accepted.append(str(resource["sid"]))
        stop()
        if resource is None or self.answer == "lost":
            raise OutcomeUnknownError("The request was sent, but its answer was lost.")
        return resource

    def fetch_message(self, sid: str) -> dict[str, Any]:
        """As the client."""
        return next(one.resource for one in self.twilio.messages if one.resource["sid"] == sid)

    def list_uri(self, filters: Parameters) -> str:
        """As the client; the filters are not needed."""
        return "uri" if filters else ""

    def pages(self, uri: str) -> Iterator[Page]:
        """As the client, one message a page."""
        assert uri
        for one in reversed([one for one in self.twilio.messages if one.listed <= self.twilio.clock.now]):
            stop()
            yield Page([one.resource], None)


class SteppedTable(SendTable):
    """The table; each of its calls is a step of the caller, and *refusals* of them are still to fail."""

    refusals = 0

    def _step(self) -> None:
        stop()
        if self.refusals:
            self.refusals -= 1
            raise ServiceUnavailableError("DynamoDB refused the request.")

    def _find(self, send: Send, now: float) -> Record | None:
        self._step()
        found = super()._find(send, now)
        stop()
        return found

    def _is_like_in_flight(self, send: Send, record: Record) -> bool:
        self._step()
        found = super()._is_like_in_flight(send, record)
        stop()
        return found

    def _write(self, *items: Any) -> bool:
        self._step()
        written = super()._write(*items)
        stop()
        return written
