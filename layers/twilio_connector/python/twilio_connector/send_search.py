"""Looking for the message of a send whose answer was lost.

Twilio lists messages late, sometimes by minutes: what is not listed may still have been sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from twilio_connector.client import Parameters, TwilioClient
from twilio_connector.messages import Message, iso_second, to_message

# How far Twilio's clock and this one may be apart.
CLOCK_SECONDS = 10
# Length of an instant up to its second.
SECOND = len("2026-03-15T14:32:10")


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


def listed(client: TwilioClient, likeness: Likeness, began: int) -> Iterator[Message]:
    """The account's messages like *likeness* that were created since *began* (seconds since the epoch), all pages.

    The list is not narrowed by date: a message that waits to be sent has none. Raises the errors of the client.
    """
    earliest = iso_second(began - CLOCK_SECONDS)[:SECOND]
    for page in client.pages(client.list_uri(likeness.filters)):
        for message in map(to_message, filter(likeness.fits, page.messages)):
            created = message["dateCreated"]
            if created is None or created[:SECOND] >= earliest:
                yield message
