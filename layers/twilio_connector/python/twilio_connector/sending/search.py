"""Looking for the message of a send whose answer was lost.

Twilio lists messages late, sometimes by minutes: what is not listed may still have been sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from twilio_connector.errors import TwilioResponseError, TwilioUnavailableError
from twilio_connector.instants import second_of
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.sending.budget import CLOCK_SECONDS
from twilio_connector.sending.parameters import TRIAL_PREFIX, recognisable_text
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.message import Message, to_message


@dataclass(frozen=True)
class SearchCriteria:
    """What a list shows of a message that was sent: recipient, text, sender or messaging service, and *media* files.

    With a *service*, *sender* is the one that the service is to choose, which it may not have done yet.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    sender: str | None = field(repr=False)
    service: str | None
    media: int

    @classmethod
    def of(cls, parameters: Parameters) -> Self | None:
        """The criteria for a message with Twilio's *parameters*; None where it cannot be recognised."""
        values = dict(parameters)
        if recognisable_text(parameters) is None:
            return None
        media = sum(name == "MediaUrl" for name, _ in parameters)
        return cls(values["To"], values["Body"], values.get("From"), values.get("MessagingServiceSid"), media)

    @property
    def filters(self) -> Parameters:
        """The parameters of a list that holds all messages like this one, dated or not."""
        return [("To", self.to), *([("From", self.sender)] if self.sender and not self.service else [])]

    def fits(self, resource: dict[str, Any]) -> bool:
        """Whether *resource*, a message as Twilio lists it, is like this one, and not the copy of it that came in."""
        shown = (self.body, TRIAL_PREFIX + self.body)
        return self._is_alike(resource) and resource.get("body") in shown and self._media_of(resource) == self.media

    def may_fit(self, resource: dict[str, Any]) -> bool:
        """Whether *resource* may be like this one, but was redacted: its text is gone, and perhaps its media."""
        return self._is_alike(resource) and not resource.get("body") and self._media_of(resource) in (0, self.media)

    def _is_alike(self, resource: dict[str, Any]) -> bool:
        senders = [self.sender] if not self.service else [self.sender, None] if self.sender else [resource.get("from")]
        return (
            resource.get("to") == self.to
            and resource.get("direction") == "outbound-api"
            and resource.get("from") in senders
            and (not self.service or resource.get("messaging_service_sid") == self.service)
        )

    @staticmethod
    def _media_of(resource: dict[str, Any]) -> int:
        media = str(resource.get("num_media"))
        return int(media) if media.isdecimal() and len(media) < 20 else 0


class Listed(NamedTuple):
    """A *message* of the account that meets criteria, the second it was *created* in, and whether it was *redacted*."""

    message: Message
    created: int
    redacted: bool


def listed(client: TwilioClient, criteria: SearchCriteria, since: int, until: Deadline) -> Iterator[Listed]:
    """The account's messages that meet *criteria*, or may, and were created since *since*, all pages.

    *since* is in seconds since the epoch. The list is not narrowed by date: a message that waits to be sent has none.
    Raises the errors of the client; :class:`TwilioUnavailableError` when there is more to read after *until*, and
    :class:`TwilioResponseError` for a message without a date of creation.
    """
    for page in client.pages(client.list_uri(criteria.filters)):
        for resource in page.messages:
            redacted = criteria.may_fit(resource)
            if not redacted and not criteria.fits(resource):
                continue
            message = to_message(resource)
            created = second_of(message["dateCreated"])
            if created is None:
                raise TwilioResponseError("Twilio does not say when a message was created.")
            if created >= since - CLOCK_SECONDS:
                yield Listed(message, created, redacted)
        if page.next_page_uri and not until.remaining():
            raise TwilioUnavailableError("There was no time left to read all of the list.")
