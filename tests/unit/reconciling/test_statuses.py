"""Which rows of a list show the status of an outbound message, and since when a refused recipient has opted out."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from twilio_connector.connections.connection import Connection
from twilio_connector.listing.rows import rows_of
from twilio_connector.reconciling.statuses import opt_out_events, statuses_of

ACCOUNT = "AC" + "0" * 32
CONNECTION = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("direction", "status", "tells"),
    [
        ("outbound-api", "delivered", True),
        ("outbound-call", "sent", True),
        ("outbound-reply", "failed", True),
        (None, "delivered", True),
        ("outbound-api", None, False),
        ("inbound", "received", False),
        ("inbound", "delivered", False),
        # Every field of a message may be null.
        (None, "received", False),
        (None, "receiving", False),
    ],
)
def test_the_statuses_of_a_list_are_those_of_its_outbound_messages(
    direction: str | None, status: str | None, tells: bool
) -> None:
    resource: dict[str, Any] = {"sid": "SM1", "direction": direction, "status": status}
    assert bool(statuses_of(rows_of([resource]))) is tells


@pytest.mark.parametrize(
    ("sent", "updated", "since"),
    [
        ("Sun, 15 Mar 2026 14:00:00 +0000", "Sun, 15 Mar 2026 14:00:01 +0000", "2026-03-15T14:00:00.000Z"),
        # A redaction moves the latter.
        ("Sun, 15 Mar 2026 14:00:00 +0000", "Sun, 15 Mar 2026 14:59:00 +0000", "2026-03-15T14:00:00.000Z"),
        (None, "Sun, 15 Mar 2026 14:00:01 +0000", "2026-03-15T14:00:01.000Z"),
        (None, None, "2026-03-15T15:00:02.500Z"),
        # Twilio's clock is ahead.
        ("Sun, 15 Mar 2026 15:00:09 +0000", None, "2026-03-15T15:00:02.500Z"),
    ],
    ids=["sent", "redacted", "undated", "without dates", "ahead"],
)
def test_who_opts_in_after_a_refusal_that_is_listed_later_has_done_so_later(
    sent: str | None, updated: str | None, since: str
) -> None:
    asked_at = datetime(2026, 3, 15, 15, 0, 2, 500_000, UTC)
    refused = {"sid": "SM1", "to": "+15551234567", "status": "failed", "error_code": 21610}
    rows = rows_of([refused | {"date_sent": sent, "date_updated": updated}])
    (event,) = opt_out_events(CONNECTION, statuses_of(rows), asked_at)
    assert json.loads(event.detail)["receivedAt"] == since
