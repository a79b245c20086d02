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


@pytest.mark.parametrize(
    ("count", "limit"),
    [
        (3_000, 1_000),
        pytest.param(25_000, 10_000, marks=pytest.mark.endurance),
        pytest.param(100_000, 10_000, marks=pytest.mark.endurance),
        pytest.param(100_000, 100_000, marks=pytest.mark.endurance),
    ],
)
@pytest.mark.parametrize("order", ORDERS)
def test_a_backlog_is_published_once_in_whatever_order_it_is_listed(order: str, count: int, limit: int) -> None:
    took = polled(count, order, limit)

    assert (took["published"], took["twice"]) == (count, 0)
    assert took["polls"] <= count // limit + 1
    # One to ask whether Twilio lists so far back, one to see that nothing has moved, one of a next window. A poll that
    # stops has read two that the next one reads again: that in which it stopped and, meanwhile, the one after it.
    assert took["pages"] <= count // PAGE_SIZE + 3 + 2 * (took["polls"] - 1)


@pytest.mark.parametrize("count", [3_000, pytest.param(10_000, marks=pytest.mark.endurance)])
@pytest.mark.parametrize("order", [pytest.param("sent", marks=pytest.mark.endurance), "mixed"])
def test_a_backlog_ten_times_as_long_takes_sixteen_bytes_a_message_more(order: str, count: int) -> None:
    short, long = (polled(messages, order, messages)["kib"] for messages in (count, 10 * count))

    # What moto keeps of them is in the same process.
    assert long <= short * 1.1
