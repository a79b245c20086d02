"""The action reconcile: one run of the cursor that its input names."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import CALLS_AT_ONCE
from twilio_connector.instants import iso_second
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.invocation.observability import count, gauge_seconds, logger
from twilio_connector.listing.filters import Filters
from twilio_connector.listing.lease import Lease
from twilio_connector.listing.memory import PublishedMemory
from twilio_connector.listing.starts import starting_second
from twilio_connector.reconciling.cursor_item import cursor_key, lease_of
from twilio_connector.reconciling.inputs import ReconcileInputs
from twilio_connector.reconciling.outcomes import Outcomes
from twilio_connector.reconciling.passes import Cursor, Pass
from twilio_connector.reconciling.reconciliation import Reconciliation
from twilio_connector.settings import ReconcileSettings
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.client import ClientOf, TwilioClient


@dataclass(frozen=True)
class Reconciler:
    """Reconciles. *deadline* is when the last event may be sent; *seconds* are left of the whole invocation."""

    client_of: ClientOf
    state: StateTable
    outbox: Outbox
    settings: ReconcileSettings
    deadline: Deadline
    seconds: float
    clock: Callable[[], float] = time.time

    def reconcile(self, event: object) -> dict[str, Any]:
        """``{connection?, from?, to?, lookBackHours?, since?}`` ->
        ``{"published", "events", "truncated", "cursor", "skipped"}``.

        Raises :class:`InvalidInputError`, :class:`ConnectionConfigError`, the ``Twilio…Error`` and
        :class:`ServiceUnavailableError`; of what was published until then at most a page is published again.
        """
        inputs = ReconcileInputs.parse(event)
        client = self.client_of(inputs.connection)
        filters = inputs.filters(client.connection.default_country)
        key = cursor_key(inputs.connection, filters)
        lease = lease_of(self.state, key)
        acquired, cursor = lease.acquire(int(self.clock()), self.seconds)
        if not acquired:
            count("ReconciliationsSkipped")
            logger.info("Reconciliation skipped: another run with this cursor is running")
            return _result(cursor, skipped=True)
        try:
            return self._reconcile(inputs, client, filters, lease, key, cursor)
        finally:
            lease.release()

    def _reconcile(
        self,
        inputs: ReconcileInputs,
        client: TwilioClient,
        filters: Filters,
        lease: Lease[Cursor],
        key: str,
        cursor: Cursor | None,
    ) -> dict[str, Any]:
        now = int(self.clock())
        if cursor is None:
            if inputs.since is None:
                cursor = Cursor(now)
                lease.save(cursor)
                # Its absence would be an alarm.
                gauge_seconds("ReconcileLagSeconds", 0)
                return _result(cursor)
            # Saved with the first page that Twilio gives: until then another since counts.
            cursor = Cursor(starting_second(inputs.since, now))
        # The threads end before the lease is released: Lambda would continue a frozen one in a later invocation.
        with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
            run = Reconciliation(
                client=client,
                filters=filters,
                cursor=cursor,
                lease=lease,
                memory=PublishedMemory(self.state, key),
                outbox=self.outbox,
                threads=threads,
                outcomes=Outcomes(self.state, client.connection.account_sid, self.deadline, self.clock),
                deadline=self.deadline,
                clock=self.clock,
            )
            run.run(self._pass_of(cursor, inputs, now))
        self._report(run)
        counts = run.counts
        return _result(run.cursor, published=counts.published, events=counts.events, truncated=counts.truncated)

    def _pass_of(self, cursor: Cursor, inputs: ReconcileInputs, now: int) -> Pass:
        """The pass to continue; a new one if nothing of that can be looked at any more, or more is asked for."""
        under_way, overlap = cursor.under_way, self.settings.poll_overlap_seconds
        if under_way and not under_way.is_out_of_reach(now) and under_way.looks_back(inputs.look_back_seconds):
            return under_way
        begun = Pass.beginning(now, inputs.look_back_seconds, overlap)
        # The cursor is before the beginning of a pass, by the overlap.
        if cursor.at + overlap < begun.low:
            logger.warning(
                "The cursor is older than lookBackHours: messages sent before that are not looked at",
                extra={"cursor": iso_second(cursor.at), "looked_at_from": iso_second(begun.low)},
            )
        return begun

    def _report(self, run: Reconciliation) -> None:
        counts = run.counts
        lag = max(0.0, self.clock() - self.settings.poll_overlap_seconds - run.cursor.at)
        count("StatusesListed", counts.listed)
        count("StatusesPublished", counts.published)
        count("StatusesSuppressed", counts.suppressed)
        count("ReconciliationsTruncated", int(counts.truncated))
        gauge_seconds("ReconcileLagSeconds", lag)
        report = logger.warning if counts.truncated else logger.info
        report(
            "Reconciliation truncated: the next one resumes where it stopped"
            if counts.truncated
            else "Reconciliation done",
            extra={
                "connection": run.client.connection.name,
                "listed": counts.listed,
                "published": counts.published,
                "suppressed": counts.suppressed,
                "events": counts.events,
                "cursor": iso_second(run.cursor.at),
                "lag_seconds": int(lag),
            },
        )


def _result(
    cursor: Cursor | None, *, published: int = 0, events: int = 0, truncated: bool = False, skipped: bool = False
) -> dict[str, Any]:
    return {
        "published": published,
        "events": events,
        "truncated": truncated,
        "cursor": iso_second(cursor.at) if cursor else None,
        "skipped": skipped,
    }
