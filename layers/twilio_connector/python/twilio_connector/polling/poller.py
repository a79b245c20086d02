"""The action poll: one poll of the cursor that its input names."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import CALLS_AT_ONCE
from twilio_connector.errors import TwilioConnectorError, TwilioRejectedError
from twilio_connector.instants import iso_second
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, gauge_seconds, logger
from twilio_connector.listing.lease import Lease
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.listing.pages import PageReader
from twilio_connector.listing.starts import starting_second
from twilio_connector.polling.budget import LOOK_BACK_SECONDS
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.cursor_item import cursor_key, lease_of
from twilio_connector.polling.drain import Poll
from twilio_connector.polling.flights import Flights
from twilio_connector.polling.inputs import PollInputs
from twilio_connector.polling.page_publisher import PagePublisher
from twilio_connector.polling.window import Window
from twilio_connector.settings import PollSettings
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.client import ClientOf


@dataclass(frozen=True)
class Poller:
    """Polls cursors. *deadline* is when the last publish may start; *seconds* are left of the whole invocation."""

    client_of: ClientOf
    state: StateTable
    outbox: Outbox
    settings: PollSettings
    deadline: Deadline
    seconds: float
    clock: Callable[[], float] = time.time

    def poll(self, event: object) -> dict[str, Any]:
        """``{connection?, from?, to?, showNewRecords?, showUpdatedRecords?, since?}`` ->
        ``{"polledNoChanges", "published", "events", "truncated", "cursor", "skipped"}``.

        Raises :class:`InvalidInputError`, :class:`ConnectionConfigError`, the ``Twilio…Error`` and
        :class:`ServiceUnavailableError`; what was published until then is not published again.
        """
        inputs = PollInputs.parse(event)
        client = self.client_of(inputs.connection)
        filters = inputs.filters(client.connection.default_country)
        key = cursor_key(inputs.connection, filters.sender, filters.recipient)
        lease = lease_of(self.state, key)
        acquired, cursor = lease.acquire(int(self.clock()), self.seconds)
        if not acquired:
            count("PollsSkipped")
            logger.info("Poll skipped: another poll with this cursor is running")
            return _result(cursor, skipped=True)

        def uri_of(window: Window) -> str | None:
            """The next page to read of *window*."""
            if not window.parts:
                return None
            part = window.parts[0]
            return window.reading.uri or client.list_uri(filters.between(part.low, part.high))

        try:
            # The threads end before the lease is released: Lambda would continue a frozen one in a later invocation.
            with (
                PageReader(client, uri_of, self.clock) as reader,
                ThreadPoolExecutor(CALLS_AT_ONCE) as calls,
                Flights() as flights,
            ):
                poll_of = partial(
                    Poll,
                    reader=reader,
                    flights=flights,
                    lease=lease,
                    memory=PublishedMemory(self.state, key),
                    publisher=PagePublisher(
                        self.outbox,
                        client.connection,
                        self.settings.max_messages_per_event,
                        self.deadline,
                        calls,
                        self.clock,
                    ),
                    settings=self.settings,
                    deadline=self.deadline,
                    clock=self.clock,
                )
                return self._poll(inputs, cursor, lease, reader, poll_of)
        finally:
            lease.release()

    def _poll(
        self,
        inputs: PollInputs,
        cursor: Cursor | None,
        lease: Lease[Cursor],
        reader: PageReader[Window],
        poll_of: Callable[..., Poll],
    ) -> dict[str, Any]:
        if cursor is None or not (cursor.proven or inputs.since is None):
            cursor = self._start(inputs)
            if cursor.proven:
                lease.save(cursor)
                # Its absence would be an alarm.
                gauge_seconds("CursorLagSeconds", 0)
                return _result(cursor)
        # The last complete second. The window that is read to prove a cursor is the one that is drained then.
        newest = int(self.clock()) - 1
        if inputs.show_new_records and not cursor.proven:
            cursor = self._prove(cursor, max(cursor.at, newest), reader, lease)
        poll = poll_of(cursor=cursor)
        if inputs.show_new_records:
            poll.run(newest)
        else:
            poll.skip()
        self._report(poll)
        return _result(
            poll.cursor, published=poll.counts.published, events=poll.counts.events, truncated=poll.counts.truncated
        )

    def _start(self, inputs: PollInputs) -> Cursor:
        """The starting point of a new cursor: ``since``, but no further back than Twilio lists, else now."""
        now = int(self.clock())
        if inputs.since is None:
            return Cursor.starting(now)
        since, earliest = starting_second(inputs.since, now), now - LOOK_BACK_SECONDS
        if since < earliest:
            logger.warning(
                "since is too long ago for Twilio to list; starting later", extra={"start": iso_second(earliest)}
            )
        return Cursor.starting(max(since, earliest), proven=False)

    def _prove(self, cursor: Cursor, newest: int, reader: PageReader[Window], lease: Lease[Cursor]) -> Cursor:
        """The *cursor*, saved, if Twilio lists back to where it starts: if it gives the first page from there on.

        Where Twilio refuses to, nothing is saved: once that starting point were, no other ``since`` would count. What
        says nothing about it, such as an outage, leaves it to the next poll, unproven.
        """
        try:
            reader.look(Window.unread(cursor.at, newest, remember_from=cursor.at))
        except TwilioRejectedError:
            raise
        except TwilioConnectorError:
            lease.save(cursor)
            raise
        cursor = replace(cursor, proven=True)
        lease.save(cursor)
        return cursor

    def _report(self, poll: Poll) -> None:
        counts, lag = poll.counts, max(0.0, self.clock() - 1 - poll.cursor.at)
        count("MessagesListed", counts.listed)
        count("MessagesPublished", counts.published)
        count("DuplicatesSuppressed", counts.suppressed)
        count("MessagesOutOfOrder", counts.out_of_order)
        count("PollsTruncated", int(counts.truncated))
        gauge_seconds("CursorLagSeconds", lag)
        if counts.out_of_order:
            logger.warning(
                "Twilio lists messages in a different order than it documents; all of them are published",
                extra={"connection": poll.publisher.connection.name, "messages": counts.out_of_order},
            )
        report = logger.warning if counts.truncated else logger.info
        report(
            "Poll truncated: the next one resumes where it stopped" if counts.truncated else "Poll done",
            extra={
                "connection": poll.publisher.connection.name,
                "listed": counts.listed,
                "published": counts.published,
                "suppressed": counts.suppressed,
                "events": counts.events,
                "cursor": iso_second(poll.cursor.at),
                "lag_seconds": int(lag),
            },
        )


def _result(
    cursor: Cursor | None, *, published: int = 0, events: int = 0, truncated: bool = False, skipped: bool = False
) -> dict[str, Any]:
    return {
        "polledNoChanges": published == 0,
        "published": published,
        "events": events,
        "truncated": truncated,
        "cursor": iso_second(cursor.at) if cursor else None,
        "skipped": skipped,
    }
