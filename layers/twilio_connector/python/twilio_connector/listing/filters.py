"""Which messages of an account a run is about, and how Twilio is asked for them."""

from dataclasses import dataclass, field

from twilio_connector.instants import iso_second
from twilio_connector.twilio.addresses import normalize_sender
from twilio_connector.twilio.api import Parameters


@dataclass(frozen=True)
class Filters:
    """Which messages of an account: by sender, by recipient, or all."""

    sender: str | None = field(repr=False)
    recipient: str | None = field(repr=False)

    @classmethod
    def of(cls, sender: str | None, recipient: str | None, country: str) -> "Filters":
        """The filters of numbers as they were given, normalised; *country* is assumed for those without a country code.

        Raises :class:`InvalidInputError`.
        """
        return cls(
            sender=normalize_sender(sender.strip(), country, "from") if sender else None,
            recipient=normalize_sender(recipient.strip(), country, "to") if recipient else None,
        )

    @property
    def addresses(self) -> Parameters:
        """Twilio's parameters for the messages of all times."""
        return [(name, value) for name, value in (("From", self.sender), ("To", self.recipient)) if value]

    def between(self, low: int, high: int) -> Parameters:
        """Twilio's parameters for the messages of the seconds from *low* to *high*, both included."""
        return [*self.addresses, ("DateSent>", iso_second(low)), ("DateSent<", iso_second(high))]

    def key(self, kind: str, connection: str) -> str:
        """The partition key of the cursor of this *kind* (``poll``, …) that a *connection* has for these messages."""
        return f"{kind}#{connection}#{self.sender or ''}#{self.recipient or ''}"
