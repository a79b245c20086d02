"""The inputs of a poll, and the messages that it asks Twilio for."""

from dataclasses import dataclass, field
from datetime import datetime

from twilio_connector.instants import iso_second
from twilio_connector.invocation.inputs import Inputs
from twilio_connector.twilio.addresses import normalize_sender
from twilio_connector.twilio.api import Parameters

POLL_INPUTS = ("from", "to", "showNewRecords", "showUpdatedRecords", "since")


@dataclass(frozen=True)
class PollInputs:
    """What a schedule asks for. *since* is where a new cursor starts, None for now; numbers as they were given."""

    connection: str
    sender: str | None = field(repr=False)
    recipient: str | None = field(repr=False)
    show_new_records: bool
    since: datetime | None

    @classmethod
    def parse(cls, event: object) -> "PollInputs":
        """Raises :class:`InvalidInputError`. ``showUpdatedRecords`` is checked and changes nothing."""
        inputs = Inputs(event, POLL_INPUTS)
        inputs.flag("showUpdatedRecords", True)
        return cls(
            connection=inputs.connection,
            sender=inputs.text("from"),
            recipient=inputs.text("to"),
            show_new_records=inputs.flag("showNewRecords", True),
            since=inputs.instant("since"),
        )

    def filters(self, country: str) -> "Filters":
        """The filters, normalised. *country* is assumed for numbers without a country code."""
        return Filters(
            sender=normalize_sender(self.sender.strip(), country, "from") if self.sender else None,
            recipient=normalize_sender(self.recipient.strip(), country, "to") if self.recipient else None,
        )


@dataclass(frozen=True)
class Filters:
    """Which messages of an account: by sender, by recipient, or all."""

    sender: str | None = field(repr=False)
    recipient: str | None = field(repr=False)

    def between(self, low: int, high: int) -> Parameters:
        """Twilio's parameters for the messages of the seconds from *low* to *high*, both included."""
        numbers = [("From", self.sender), ("To", self.recipient)]
        bounds = [("DateSent>", iso_second(low)), ("DateSent<", iso_second(high))]
        return [*((name, value) for name, value in numbers if value), *bounds]
