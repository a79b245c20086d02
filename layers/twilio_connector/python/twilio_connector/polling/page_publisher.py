"""Publishing the messages of a page as events."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime

from twilio_connector.bus.event import MAX_BYTES
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import EventsRefusedError
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.instants import format_instant
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, logger
from twilio_connector.polling.events import MessageEvent, message_events
from twilio_connector.twilio.message import Message

# The events of a page, which contain messages.
Packed = Sequence[MessageEvent]


class PageRefusedError(Exception):
    """The bus did not take all of a page; *published* are the SIDs of the messages that it took."""

    def __init__(self, reason: str, published: frozenset[str]) -> None:
        super().__init__(reason)
        self.published = published


@dataclass(frozen=True)
class PagePublisher:
    """Publishes messages of one connection, at most *most* of them in an event, starting nothing after *deadline*.

    The calls of a page are made side by side by *threads*: none waits for another, and there is no order on a bus.
    """

    outbox: Outbox
    connection: Connection
    most: int
    deadline: Deadline
    threads: Executor
    clock: Callable[[], float] = time.time

    def pack(self, messages: Sequence[Message]) -> Packed:
        """The events of *messages*."""
        return list(
            message_events(
                messages,
                connection=self.connection.name,
                account_sid=self.connection.account_sid,
                received_at=format_instant(datetime.fromtimestamp(self.clock(), UTC)),
                most=self.most,
            )
        )

    def publish(self, packed: Packed) -> None:
        """Publish all events; none is still on its way when this returns or raises :class:`PageRefusedError`.

        One that is too large for the bus goes to the undelivered queue instead of blocking the cursor.
        """
        fitting = [one for one in packed if one.event.size <= MAX_BYTES]
        try:
            self.outbox.publisher.publish([one.event for one in fitting], self.deadline, self.threads)
        except EventsRefusedError as exc:
            left = {id(event) for event in exc.events}
            took = frozenset(sid for one in fitting if id(one.event) not in left for sid in one.sids)
            raise PageRefusedError(str(exc), took) from exc
        self._keep(
            [one for one in packed if one.event.size > MAX_BYTES], frozenset(sid for one in fitting for sid in one.sids)
        )

    def _keep(self, oversized: Sequence[MessageEvent], published: frozenset[str]) -> None:
        """Leave events that no call can hold to the undelivered queue; *published* are the SIDs of all others."""
        for one in oversized:
            try:
                self.outbox.undelivered.put([one.event])
            except ServiceUnavailableError as exc:
                raise PageRefusedError(str(exc), published) from exc
            published |= set(one.sids)
            count("MessagesTooLarge")
            logger.error("A message is too large for the bus", extra={"sid": one.sids[0], "bytes": one.event.size})
