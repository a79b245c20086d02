"""Reconciliation of the deployed stack, with all callbacks lost."""

import uuid
from datetime import UTC, datetime, timedelta

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.twilio_sandbox import TwilioSandbox


def test_statuses_that_no_callback_brought_are_published(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    sender = f"+1555{uuid.uuid4().int % 10**7:07}"
    given = {"from": sender}
    # Without a status callback of their own, as sends of other programs are.
    delivered, failed = twilio.add(2, date_sent=datetime.now(UTC) - timedelta(hours=1), from_=sender, status="sent")
    assert aws.invoke("ReconcileFunction", given)["published"] == 0
    twilio.update_status(delivered, "delivered")
    twilio.update_status(failed, "undelivered")

    result = aws.invoke("ReconcileFunction", given)
    assert (result["published"], result["truncated"], result["skipped"]) == (2, False, False)
    expected = {f"{delivered}:delivered", f"{failed}:undelivered"}
    found: dict[str, BusEvent] = {}

    def holds_all(event: BusEvent) -> bool:
        if event.detail.get("id") in expected:
            found[event.detail["id"]] = event
        return found.keys() == expected

    watcher.wait_for(holds_all, timeout=30)
    assert {event.detail["origin"] for event in found.values()} == {"reconciliation"}
    assert aws.invoke("ReconcileFunction", given)["published"] == 0
