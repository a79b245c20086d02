"""Looking for the message of a send whose answer was lost.

Twilio lists messages late, sometimes by minutes: what is not listed may still have been sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from twilio_connector.errors import TwilioResponseError, TwilioUnavailableError
from twilio_connector.instants import second_of
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.budget import CLOCK_SECONDS
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.message import Message, to_message


@dataclass(frozen=True)
class SearchCriteria:
    """What a list shows of a message that was sent: recipient, text, sender or messaging service, and *media* files."""

    to: str = field(repr=False)
    body: str = field(repr=False)
    sender: str | None = field(repr=False)
    service: str | None
    media: int

    @classmethod
    def of(cls, parameters: Parameters) -> Self | None:
        """The criteria for a message with Twilio's *parameters*; None where its text is not among them."""
        values = dict(parameters)
        if "Body" not in values:
            return None
        media = sum(name == "MediaUrl" for name, _ in parameters)
        return cls(values["To"], values["Body"], values.get("From"), values.get("MessagingServiceSid"), media)

    @property
    def filters(self) -> Parameters:
        """The parameters of a list that holds all messages like this one, dated or not."""
        return [("To", self.to), *([("From", self.sender)] if self.sender else [])]

    def fits(self, resource: dict[str, Any]) -> bool:
        """Whether *resource*, a message as Twilio lists it, is like this one, and not the copy of it that came in."""
        looks = {
            "to": self.to,
            "body": self.body,
            "num_media": str(self.media),
            "direction": "outbound-api",
            **({"from": self.sender} if self.sender else {"messaging_service_sid": self.service}),
        }
        return all(resource.get(name) == value for name, value in looks.items())


def listed(
    client: TwilioClient, criteria: SearchCriteria, since: int, until: Deadline
) -> Iterator[tuple[Message, int]]:
    """The account's messages that meet *criteria* and were created since *since*, all pages, each with when it was.

    Times are seconds since the epoch. The list is not narrowed by date: a message that waits to be sent has none.
    Raises the errors of the client; :class:`TwilioUnavailableError` when there is more to read after *until*, and
    :class:`TwilioResponseError` for a message of which Twilio does not tell when it was created.
    """
    for page in client.pages(client.list_uri(criteria.filters)):
        for message in map(to_message, filter(criteria.fits, page.messages)):
            created = second_of(message["dateCreated"])
            if created is None:
                raise TwilioResponseError("Twilio does not tell when a message was created.")
            if created >= since - CLOCK_SECONDS:
                yield message, created
        if page.next_page_uri and not until.remaining():
            raise TwilioUnavailableError("There was no time left to read all of the list.")
