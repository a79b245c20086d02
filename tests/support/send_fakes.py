"""Twilio for the model of sends: messages that are listed late, answers that are lost, lists that fail."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum
from typing import Any

from tests.support.fakes import FakeClock
from tests.support.poll_fakes import Faults
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import (
    OutcomeUnknownError,
    TwilioConnectorError,
    TwilioRejectedError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import Page


class Answer(Enum):
    """What a message creation meets: whether the message is accepted, and the error that the client makes of it."""

    CREATED = (True, None)
    LOST = (True, OutcomeUnknownError)
    FAILED = (False, OutcomeUnknownError)
    REJECTED = (False, TwilioRejectedError)
    THROTTLED = (False, TwilioThrottledError)
    UNREACHED = (False, TwilioUnavailableError)

    def __init__(self, accepted: bool, error: type[TwilioConnectorError] | None) -> None:
        self.accepted = accepted
        self.error = error


@dataclass(frozen=True)
class Accepted:
    """A message that Twilio accepted, and from when on it is listed."""

    resource: dict[str, Any]
    media: str
    listed_at: float


@dataclass
class TwilioAccount:
    """One account's messages. Templates are filled in with the text *template*."""

    clock: FakeClock
    template: str
    messages: list[Accepted] = field(default_factory=list)

    def accept(self, parameters: Parameters, lag: float) -> dict[str, Any]:
        """Make a message, which is listed after *lag* seconds."""
        values = dict(parameters)
        resource = {
            "sid": f"SM{len(self.messages):032x}",
            "to": values["To"],
            "from": values["From"],
            "body": values.get("Body", self.template),
            "direction": "outbound-api",
            "num_media": str(int("MediaUrl" in values)),
            "date_created": format_datetime(datetime.fromtimestamp(self.clock.now, UTC)),
        }
        self.messages.append(Accepted(resource, values.get("MediaUrl", ""), self.clock.now + lag))
        return resource

    def listed(self) -> list[dict[str, Any]]:
        """The messages that are listed by now, newest first."""
        return [message.resource for message in reversed(self.messages) if message.listed_at <= self.clock.now]

    def content_of(self, sid: str) -> tuple[str, str]:
        """The text and the media of the message *sid*, which exists."""
        (accepted,) = (one for one in self.messages if one.resource["sid"] == sid)
        return str(accepted.resource["body"]), accepted.media


@dataclass
class SendingClient:
    """The Twilio client of one invocation, whose message creation meets *answer* and is listed after *lag* seconds.

    *attempts* are the instants at which it asked for a message.
    """

    account: TwilioAccount
    connection: Connection
    deadline: Deadline
    faults: Faults
    answer: Answer
    lag: float
    attempts: list[float] = field(default_factory=list)

    def create_message(self, parameters: Parameters) -> dict[str, Any]:
        """As the client."""
        self.faults.reach("create")
        self.attempts.append(self.account.clock.now)
        resource = self.account.accept(parameters, self.lag) if self.answer.accepted else {}
        self.faults.reach("created")
        if self.answer.error:
            raise self.answer.error(f"Twilio's answer was {self.answer.name}.")
        return resource

    def fetch_message(self, sid: str) -> dict[str, Any]:
        """As the client."""
        self.faults.reach("fetch")
        return {"sid": sid, "body": self.account.content_of(sid)[0]}

    def list_uri(self, filters: Parameters) -> str:
        """As the client; all messages here are to one number."""
        assert filters
        return "messages"

    def pages(self, uri: str) -> Iterator[Page]:
        """As the client; each page holds one message, and is read before another caller may go on."""
        assert uri
        self.faults.reach("page")
        for resource in self.account.listed():
            page = Page([resource], None)
            self.faults.reach("page")
            yield page
