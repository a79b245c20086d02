"""The parts of a list that are still to be read, each a span of seconds: pure values.

Why: docs/decisions.md#2026-11-28-a-poll-relies-on-no-order
"""

from dataclasses import dataclass

# Each refused page token makes one more. The cursor that holds them is saved after every page.
MAX_PARTS = 500


@dataclass(frozen=True)
class Part:
    """The seconds from *low* to *high*, both included."""

    low: int
    high: int

    @property
    def is_second(self) -> bool:
        """Whether it is a single second, which cannot be divided."""
        return self.low == self.high


def divided(part: Part, read_to: int | None) -> tuple[Part, ...]:
    """The parts of *part*, first that with which to continue; *part* alone if it is a single second.

    *read_to* is the second down to which its list was read if it was in Twilio's documented order: then what is left is
    expected below. All parts are read, because that order is not relied on.
    """
    if part.is_second:
        return (part,)
    if read_to == part.high:
        return Part(part.high, part.high), Part(part.low, part.high - 1)
    if read_to is not None and part.low <= read_to < part.high:
        return Part(part.low, read_to), Part(read_to + 1, part.high)
    middle = (part.low + part.high) // 2
    return Part(middle + 1, part.high), Part(part.low, middle)


def no_more_than(most: int, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """*parts*, the last two joined if there are more than *most*, with what was read between them."""
    if len(parts) <= most:
        return parts
    *others, one, other = parts
    return (*others, Part(min(one.low, other.low), max(one.high, other.high)))
