"""Looking for the message of a send whose answer was lost.

Twilio lists messages late, sometimes by minutes: what is not listed may still have been sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from twilio_connector.client import TwilioClient
from twilio_connector.messages import Message, second_of, to_message
from twilio_connector.send_records import CLOCK_SECONDS
from twilio_connector.twilio_api import Parameters


@dataclass(frozen=True)
class Likeness:
    """What a list shows of a message that was sent: its recipient, its text, and its sender or messaging service."""

    to: str = field(repr=False)
    body: str = field(repr=False)
    sender: str | None = field(repr=False)
    service: str | None

    @classmethod
    def of(cls, parameters: Parameters) -> Self | None:
        """The likeness of a message with Twilio's *parameters*; None where its text is not among them."""
        values = dict(parameters)
        if "Body" not in values:
            return None
        return cls(values["To"], values["Body"], values.get("From"), values.get("MessagingServiceSid"))

    @property
    def filters(self) -> Parameters:
        """The parameters of a list that holds all messages like this one, dated or not."""
        return [("To", self.to), *([("From", self.sender)] if self.sender else [])]

    def fits(self, resource: dict[str, Any]) -> bool:
        """Whether *resource*, a message as Twilio lists it, is like this one."""
        sender = ("from", self.sender) if self.sender else ("messaging_service_sid", self.service)
        return all(resource.get(name) == value for name, value in (("to", self.to), ("body", self.body), sender))


def listed(client: TwilioClient, likeness: Likeness, began: int) -> Iterator[tuple[Message, int | None]]:
    """The account's messages like *likeness* that were created since *began*, all pages, each with when it was.

    Times are seconds since the epoch, None where Twilio tells none. The list is not narrowed by date: a message that
    waits to be sent has none. Raises the errors of the client.
    """
    for page in client.pages(client.list_uri(likeness.filters)):
        for message in map(to_message, filter(likeness.fits, page.messages)):
            created = second_of(message["dateCreated"])
            if created is None or created >= began - CLOCK_SECONDS:
                yield message, created
