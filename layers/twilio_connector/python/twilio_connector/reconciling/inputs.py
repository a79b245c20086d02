"""The inputs of a reconciliation."""

from dataclasses import dataclass, field
from datetime import datetime

from twilio_connector.invocation.inputs import Inputs
from twilio_connector.listing.filters import Filters

RECONCILE_INPUTS = ("from", "to", "lookBackHours", "since")
DEFAULT_HOURS, MOST_HOURS = 48, 720


@dataclass(frozen=True)
class ReconcileInputs:
    """What a schedule asks for. *since* is where a new cursor starts, None for now; numbers as they were given."""

    connection: str
    sender: str | None = field(repr=False)
    recipient: str | None = field(repr=False)
    look_back_seconds: int
    since: datetime | None

    @classmethod
    def parse(cls, event: object) -> "ReconcileInputs":
        """Raises :class:`InvalidInputError`."""
        inputs = Inputs(event, RECONCILE_INPUTS)
        return cls(
            connection=inputs.connection,
            sender=inputs.text("from"),
            recipient=inputs.text("to"),
            look_back_seconds=inputs.number("lookBackHours", DEFAULT_HOURS, 1, MOST_HOURS) * 3600,
            since=inputs.instant("since"),
        )

    def filters(self, country: str) -> Filters:
        """The filters, normalised. *country* is assumed for numbers without a country code."""
        return Filters.of(self.sender, self.recipient, country)
