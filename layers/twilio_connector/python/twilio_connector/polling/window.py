"""A window of seconds, and what of it is still to be read: pure values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from twilio_connector.listing.parts import MAX_PARTS, Part, divided, no_more_than
from twilio_connector.listing.rows import Row
from twilio_connector.polling.reading import Reading


@dataclass(frozen=True)
class Window:
    """The seconds from *low* to *high*, both included.

    What is published of those from *remember_from* on stays remembered when the window is done: the next one looks at
    them again. *parts* are still to be read, and the *reading* is that of the first. *span* is how many seconds lie
    between the messages of a chunk of the memory at most, of those chunks that were written for this window.
    """

    low: int
    high: int
    remember_from: int
    parts: tuple[Part, ...]
    reading: Reading = field(default_factory=Reading)
    span: int = 0

    @classmethod
    def unread(cls, low: int, high: int, remember_from: int) -> "Window":
        """A window of which nothing is read yet."""
        return cls(low, high, remember_from, (Part(low, high),))

    def from_second(self, earliest: int) -> "Window":
        """The window without what was sent before the second *earliest*."""
        if earliest <= self.low:
            return self
        parts = tuple(Part(max(part.low, earliest), part.high) for part in self.parts if part.high >= earliest)
        begun = bool(parts) and parts[0].high == self.parts[0].high
        return replace(self, low=earliest, parts=parts, reading=self.reading if begun else Reading())

    def after(self, rows: Sequence[Row], following: str | None) -> "Window":
        """The window when the page with *rows* is done, which *following* follows."""
        reading = self.reading.after(rows, following)
        if reading is None:
            return replace(self, parts=self.parts[1:], reading=Reading())
        return replace(self, reading=reading)

    def reread(self) -> "Window":
        """The window when Twilio refuses the next page: lists begin anew, and are shorter.

        Only a part of a single second is read from its top again as it is.
        """
        halves = divided(self.parts[0], self.reading.lowest if self.reading.ordered else None)
        return replace(self, parts=no_more_than(MAX_PARTS, (*halves, *self.parts[1:])), reading=Reading())

    def remembering(self, seconds: Collection[int]) -> "Window":
        """The window when messages of these *seconds* are remembered in one chunk."""
        return replace(self, span=max(self.span, max(seconds) - min(seconds))) if seconds else self
