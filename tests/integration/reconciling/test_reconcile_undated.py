"""Messages without a date of sending, where lists by date leave them out: found by the list of all times."""

import pytest

from tests.support.poll_fakes import ORDERS, PAGE_SIZE, Faults, Listing
from tests.support.reconcile_fakes import COURSES
from tests.support.reconcile_world import OVERLAP, ReconcileWorld

HOUR = 3600
FAILS = COURSES.index(("queued", "failed"))
ARRIVES = COURSES.index(("queued", "sent", "undelivered"))
TO = "+15551234567"


@pytest.mark.parametrize("order", [order for order in ORDERS if order in ("sent", "created")])
def test_a_message_that_fails_after_hours_of_waiting_is_found_below_all_that_was_sent_since(order: str) -> None:
    world = ReconcileWorld()
    world.listing = Listing(order, undated_match=False)
    world.reconcile(Faults())
    world.clock.now += OVERLAP + 1
    world.add(FAILS, TO)
    # Longer than that no message waits: its ValidityPeriod is ten hours at most.
    for _ in range(9):
        world.clock.now += HOUR
        for _ in range(2 * PAGE_SIZE):
            world.add(ARRIVES, TO)
        world.clock.now += 60
        world.advance([row for row in world.rows[1:] if not row.step], lost=[True], doubled=False)
        world.complete_pass()
    world.advance(world.rows[:1], lost=[True], doubled=False)
    world.complete_pass()
    world.complete_pass()
    assert not world.unpublished()
    assert not world.mistaken()
