"""Backlogs in every order of the list: all is published once, with few pages more than it fills and little memory."""

import json
from typing import Any

import pytest

from tests.support.modules import run_module
from tests.support.poll_backlog import ORDERS, PAGE_SIZE


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def polled(count: int, order: str, limit: int) -> dict[str, Any]:
    """What it took to poll so many messages."""
    status, line = run_module("poll_backlog", str(count), order, str(limit))
    assert status == 0
    took: dict[str, Any] = json.loads(line)
    return took


# Of the gate: the order that Twilio documents, and the one that is none.
BACKLOGS = [
    pytest.param(
        order,
        count,
        limit,
        marks=[] if count == 3_000 and order in ("sent", "mixed") else pytest.mark.endurance,
    )
    for order in ORDERS
    for count, limit in ((3_000, 1_000), (25_000, 10_000), (100_000, 10_000), (100_000, 100_000))
]


@pytest.mark.parametrize(("order", "count", "limit"), BACKLOGS)
def test_a_backlog_is_published_once_in_whatever_order_it_is_listed(order: str, count: int, limit: int) -> None:
    took = polled(count, order, limit)

    assert (took["published"], took["twice"]) == (count, 0)
    assert took["polls"] <= count // limit + 1
    # One to ask whether Twilio lists so far back, one to see that nothing has moved, one of a next window. A poll that
    # stops has read two that the next one reads again: that in which it stopped and, meanwhile, the one after it.
    assert took["pages"] <= count // PAGE_SIZE + 3 + 2 * (took["polls"] - 1)


LONGER = (pytest.param(count, marks=pytest.mark.endurance) for count in (3_000, 10_000))


@pytest.mark.parametrize("count", [1_000, *LONGER])
@pytest.mark.parametrize("order", [pytest.param("sent", marks=pytest.mark.endurance), "mixed"])
def test_a_backlog_ten_times_as_long_takes_sixteen_bytes_a_message_more(order: str, count: int) -> None:
    short, long = (polled(messages, order, messages)["kib"] for messages in (count, 10 * count))

    # What moto keeps of them is in the same process.
    assert long <= short * 1.1
