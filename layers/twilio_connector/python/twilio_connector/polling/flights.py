"""What a poll publishes and saves, one page after another, while the next page is read and packed.

A page is published, then remembered, then the place behind it is saved; and the next one is published only after that.
So wherever a poll is killed, what was published and is not remembered is of one page.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.listing.lease import Lease
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.page_publisher import Packed, PagePublisher, PageRefusedError


@dataclass(frozen=True)
class Flight:
    """A page on its way: *packed* events of messages that were *sent* at these seconds, or are *undated* until others.

    *now* is the second in which it began. *before* is the cursor to save first, None if it is saved; *refused* makes
    the one to save where the bus does not take all, of what it took; *after* is the one that has passed the page.
    """

    packed: Packed = field(repr=False)
    sent: Mapping[str, int]
    undated: Mapping[str, int]
    now: int
    before: Cursor | None
    refused: Callable[[Mapping[str, int]], Cursor]
    after: Cursor

    def run(self, publisher: PagePublisher, memory: PublishedMemory, lease: Lease[Cursor]) -> None:
        """Publish, remember, save. Raises :class:`ServiceUnavailableError`; what was published is then remembered."""
        if self.before:
            lease.save(self.before)
        try:
            publisher.publish(self.packed)
        except PageRefusedError as exc:
            took = self._remember(memory, exc.published)
            lease.save(self.refused(took))
            raise ServiceUnavailableError(str(exc)) from exc
        self._remember(memory, self.sent.keys() | self.undated.keys())
        lease.save(self.after)

    def _remember(self, memory: PublishedMemory, took: Collection[str]) -> Mapping[str, int]:
        """Remember the messages that the bus *took*; returns the seconds of those that have one."""
        undated = {sid: expiry for sid, expiry in self.undated.items() if sid in took}
        if undated:
            memory.remember_undated(undated)
        sent = {sid: second for sid, second in self.sent.items() if sid in took}
        memory.remember(sent, max(sent.values(), default=0), self.now)
        return sent


class Flights:
    """A context manager: one flight at a time, on a thread of its own; none continues when the block has ended."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def __enter__(self) -> "Flights":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Not canceled: what the block has begun comes to its end, and its failure came before the block's own.
        try:
            self.land()
        finally:
            self._thread.shutdown()

    def begin(self, flight: Callable[[], None]) -> None:
        """Begin *flight* when the one before has landed. Raises what that one raised."""
        self.land()
        self._last = self._thread.submit(flight)

    def land(self) -> None:
        """Wait until the last flight has ended. Raises what it raised, once."""
        last, self._last = self._last, None
        if last:
            last.result()
