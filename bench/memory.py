"""What memory does to times: how long a function takes with how much of it, and how much it should have.

Memory brings a share of a processor, from 1,769 MB on a whole one. A start is not held to that share: AWS's own people
say that a function has a full, unthrottled vCPU until it asks for its first event, for ten seconds at most. That is a
guide, no promise of the reference: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html,
https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# https://aws.amazon.com/lambda/pricing/ (arm64), us-east-1, as of November 2026.
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND = 0.0000133334
PROCESSOR_MB = 1769
SIZES_MB = (128, 256, 512, 1024, 1769)
# Of a function's memory, its process may come to need this share: the rest is for the runtime, and for larger inputs.
USABLE = 0.6


class Limits(NamedTuple):
    """Seconds that a new process may take until its first answer, and a warm one of a processor for an event."""

    start: float
    event: float


@dataclass(frozen=True)
class Job:
    """A function with *memory_mb*. In seconds of a whole processor: its start *init*, its *first* and its *warm* event.

    For an event it waits *waiting* seconds for others. *peak_mb* is the most memory that its process has had.
    """

    memory_mb: int
    init: float
    first: float
    warm: float
    waiting: float
    peak_mb: float = 0.0

    def start(self, memory_mb: int) -> float:
        """Seconds of processor until the first answer of a new process, with that much memory."""
        return self.init + self.first / share(memory_mb)

    def event(self, memory_mb: int) -> float:
        """Seconds of a warm event."""
        return self.warm / share(memory_mb) + self.waiting

    def dollars(self, memory_mb: int) -> float:
        """Lambda's price of a warm event."""
        return LAMBDA_REQUEST + self.event(memory_mb) * memory_mb / 1024 * LAMBDA_GB_SECOND

    def start_dollars(self, memory_mb: int) -> float:
        """Lambda's price of a new process and its first event, which is billed from its start on."""
        return LAMBDA_REQUEST + (self.start(memory_mb) + self.waiting) * memory_mb / 1024 * LAMBDA_GB_SECOND

    def fits(self, memory_mb: int, limits: Limits) -> bool:
        """Whether it keeps the limits, and room in its memory."""
        is_fast = self.start(memory_mb) <= limits.start and self.warm / share(memory_mb) <= limits.event
        return is_fast and self.peak_mb <= USABLE * memory_mb


def share(memory_mb: int) -> float:
    """Of a processor."""
    return min(1.0, memory_mb / PROCESSOR_MB)


def cheapest(jobs: Sequence[tuple[Job, Limits]]) -> int | None:
    """The size at which all *jobs* of one function keep their limits, for the least dollars; None where none does."""
    fitting = [size for size in SIZES_MB if all(job.fits(size, limits) for job, limits in jobs)]
    return min(fitting, key=lambda size: sum(job.dollars(size) for job, _ in jobs), default=None)
