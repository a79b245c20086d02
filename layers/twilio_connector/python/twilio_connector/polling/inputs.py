"""The inputs of a poll."""

from dataclasses import dataclass, field
from datetime import datetime

from twilio_connector.invocation.inputs import Inputs
from twilio_connector.listing.filters import Filters

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

    def filters(self, country: str) -> Filters:
        """The filters, normalised. *country* is assumed for numbers without a country code."""
        return Filters.of(self.sender, self.recipient, country)
