"""The cursor of a poller, which moves over windows of whole seconds since the epoch: a pure value."""

from dataclasses import dataclass

from twilio_connector.polling.window import Window


@dataclass(frozen=True)
class Cursor:
    """All up to the second *at* is published, except what appears late.

    *floor* is the earliest second that is ever looked at again: the starting point at first, later the far end of what
    is remembered. *window* is one that a poll has left undrained. *newest_undated* is when the newest message was
    created that may have been published without its date. All are seconds since the epoch. *proven* is False for a
    starting point that Twilio could not be asked about yet: whether it lists back to there.
    """

    at: int
    floor: int
    window: Window | None = None
    newest_undated: int = 0
    proven: bool = True

    @classmethod
    def starting(cls, second: int, *, proven: bool = True) -> "Cursor":
        """A cursor for which nothing sent before *second* is ever published."""
        return cls(at=second, floor=second, proven=proven)

    def next_low(self, overlap: int) -> int:
        """The first second of the next window, which goes *overlap* seconds behind the cursor."""
        if self.at == self.floor:
            # The starting point itself: what is sent later in that second is new.
            return self.floor
        return max(self.floor, self.at + 1 - overlap)
