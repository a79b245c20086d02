"""The order of a message's statuses."""

from itertools import pairwise

import pytest

from twilio_connector.twilio.statuses import status_rank

RANKS = [
    ["accepted", "scheduled", "queued", "receiving"],
    ["sending"],
    ["sent", "partially_delivered"],
    ["delivered", "undelivered", "failed", "canceled", "received"],
    ["read"],
]
# What a message goes through, by Twilio's documentation.
LIVES = [
    ["accepted", "queued", "sending", "sent", "delivered", "read"],
    ["scheduled", "canceled"],
    ["queued", "sending", "sent", "undelivered"],
    ["queued", "failed"],
    ["sent", "partially_delivered", "delivered"],
    ["receiving", "received"],
]


def test_each_status_has_its_rank() -> None:
    assert {status: status_rank(status) for statuses in RANKS for status in statuses} == {
        status: rank for rank, statuses in enumerate(RANKS) for status in statuses
    }


@pytest.mark.parametrize("life", LIVES, ids="-".join)
def test_no_message_goes_down(life: list[str]) -> None:
    ranks = [status_rank(status) for status in life]
    assert None not in ranks
    assert all(before <= after for before, after in pairwise(rank for rank in ranks if rank is not None))


@pytest.mark.parametrize("status", ["", "Delivered", "pondering"])
def test_another_status_has_none(status: str) -> None:
    assert status_rank(status) is None
