"""Windows of the poller, and the cursor that moves over them: pure values, in whole seconds since the epoch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DrainedTo:
    """How far a window is drained: all after *second* is published, of that second itself what the memory holds.

    *uri* is the page to go on with, a shortcut that Twilio may refuse.
    """

    second: int
    uri: str | None


@dataclass(frozen=True)
class Window:
    """The seconds from *low* to *high*, both included, and how far they are drained.

    What is published of the seconds from *remember_from* on is remembered: the next window looks at them again.
    """

    low: int
    high: int
    remember_from: int
    drained_to: DrainedTo | None = None


@dataclass(frozen=True)
class Cursor:
    """All up to the second *at* is published, but for what appears late.

    *floor* is the earliest second that is ever looked at again: the starting point at first, later the far end of what
    is remembered. *window* is one that a poll has left undrained. *newest_undated* is when the newest message was
    created that may have been published without its date. All are seconds since the epoch.
    """

    at: int
    floor: int
    window: Window | None = None
    newest_undated: int = 0

    @classmethod
    def starting(cls, second: int) -> "Cursor":
        """A cursor for which nothing sent before *second* is ever published."""
        return cls(at=second, floor=second)

    def next_low(self, overlap: int) -> int:
        """The first second of the next window, which goes *overlap* seconds behind the cursor."""
        if self.at == self.floor:
            # The starting point itself: what is sent later in that second is new.
            return self.floor
        return max(self.floor, self.at + 1 - overlap)
