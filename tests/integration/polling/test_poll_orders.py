"""Polls of lists in other orders than the one that Twilio documents: nothing is lost, and it is counted."""

import pytest

from tests.support.poll_fakes import ORDERS, PAGE_SIZE, Faults, Listing, Row
from tests.support.poll_world import MAX_MESSAGES, OVERLAP, PollWorld
from twilio_connector.errors import TwilioRejectedError

HALF_AN_HOUR = 1800


def sid(number: int) -> str:
    return f"SM{number:032x}"


@pytest.fixture
def world() -> PollWorld:
    return PollWorld()


def add(world: PollWorld, number: int, *, sent: int, created: int | None = None, updated: int | None = None) -> None:
    created, updated = created or sent, updated or sent
    world.rows.append(Row(sid(number), created, sent, listed_at=0, updated=updated, moves=world.next_move()))


def poll_until_done(world: PollWorld) -> list[int]:
    """How many messages each poll published, until one has left nothing."""
    published = []
    truncated = True
    while truncated:
        result = world.poll(Faults())
        published.append(result["published"])
        truncated = result["truncated"]
    return published


def test_messages_created_long_before_they_were_sent_are_published_from_a_list_by_creation(world: PollWorld) -> None:
    world.begin(Listing("created"))
    for number in range(15):
        waited = number in (4, 7, 10)
        sent = world.now - 16 + number
        add(world, number, sent=sent, created=sent - (HALF_AN_HOUR if waited else 0))

    assert sum(poll_until_done(world)) == 15
    assert world.published == {sid(number): 1 for number in range(15)}
    assert world.out_of_order == 3


@pytest.mark.parametrize("order", ORDERS)
def test_a_backlog_is_published_once_over_several_polls(world: PollWorld, order: str) -> None:
    world.begin(Listing(order))
    for number in range(50):
        sent = world.now - 1 - number % 17
        add(world, number, sent=sent, created=sent - HALF_AN_HOUR * (number % 3), updated=sent + number % 7)

    assert poll_until_done(world) == [MAX_MESSAGES] * 4 + [2]
    assert world.published == {sid(number): 1 for number in range(50)}
    assert (world.out_of_order == 0) is (order == "sent")


@pytest.mark.parametrize("order", ORDERS)
def test_page_tokens_that_are_always_refused_cost_no_message(world: PollWorld, order: str) -> None:
    world.begin(Listing(order, refuses_tokens=True))
    for number in range(25):
        add(world, number, sent=world.now - 1 - number, created=world.now - HALF_AN_HOUR * (number % 3))

    poll_until_done(world)

    assert world.published == {sid(number): 1 for number in range(25)}


def test_a_second_that_holds_more_than_a_page_needs_tokens_and_is_not_skipped(world: PollWorld) -> None:
    world.begin(Listing("created", refuses_tokens=True))
    for number in range(2 * PAGE_SIZE):
        add(world, number, sent=world.now - 1)

    for _ in range(3):
        with pytest.raises(TwilioRejectedError):
            world.poller(Faults()).poll({})
    world.listing.refuses_tokens = False
    poll_until_done(world)

    assert world.published == {sid(number): 1 for number in range(2 * PAGE_SIZE)}


@pytest.mark.parametrize("read", range(1, 4))
def test_messages_that_move_to_the_top_while_they_are_read_are_published(world: PollWorld, read: int) -> None:
    world.begin(Listing("updated"))
    for number in range(11):
        add(world, number, sent=world.now - 1)

    # After that page the oldest three are above it: the two that were not read yet are found at the top.
    world.poll(Faults({("paged", read): lambda: world.change(0, 5)}))

    assert poll_until_done(world)[-1] == 0
    assert world.published == {sid(number): 1 for number in range(11)}


def test_all_messages_may_move_again_and_again(world: PollWorld) -> None:
    world.begin(Listing("updated"))
    for number in range(12):
        add(world, number, sent=world.now - 1)

    world.poll(Faults({("paged", read): lambda: world.change(0, 1) for read in range(1, 9)}))

    assert world.published == {sid(number): 1 for number in range(12)}


@pytest.mark.parametrize("order", ORDERS)
def test_a_list_of_several_pages_costs_one_more(world: PollWorld, order: str) -> None:
    world.begin(Listing(order))
    for number in range(2 * PAGE_SIZE):
        add(world, number, sent=world.now - 1 - number)
    faults = Faults()

    assert world.poll(faults)["published"] == 2 * PAGE_SIZE
    assert faults.counts["page"] == 3


def test_a_list_of_one_page_costs_no_more(world: PollWorld) -> None:
    world.begin(Listing())
    for number in range(PAGE_SIZE):
        add(world, number, sent=world.now - 1 - number)
    faults = Faults()

    assert world.poll(faults)["published"] == PAGE_SIZE
    assert faults.counts["page"] == 1


def test_messages_that_are_listed_late_at_the_top_are_no_sign_of_another_order(world: PollWorld) -> None:
    world.begin(Listing())
    for number in range(2 * PAGE_SIZE):
        add(world, number, sent=world.now - OVERLAP + number)

    world.poll(Faults({("paged", 2): lambda: add(world, 99, sent=world.now - 1)}))

    assert world.published[sid(99)] == 1
    assert world.out_of_order == 0
