"""Reconciliations of many messages: what they ask for, publish and take."""

import json
from functools import cache
from typing import Any

import pytest

from tests.support.modules import run_module

# Of a page of Twilio's with a thousand messages; what it really takes is more.
LATENCY = 0.1


@cache
def took(count: int) -> dict[str, Any]:
    """What a reconciliation of so many messages took, one in twenty of which had changed."""
    status, output = run_module("reconcile_backlog", str(count), str(LATENCY))
    assert status == 0
    return dict(json.loads(output))


# One page more looks for messages without a date.
@pytest.mark.parametrize("count", [10_000, pytest.param(100_000, marks=pytest.mark.endurance)])
def test_a_pass_reads_each_page_once_and_publishes_what_has_changed(count: int) -> None:
    run = took(count)
    assert (run["pages"], run["published"], run["events"]) == (count // 1_000 + 1, count // 20, count // 20)


@pytest.mark.endurance
def test_memory_does_not_grow_with_messages() -> None:
    assert took(100_000)["kib"] <= 1.1 * took(10_000)["kib"]


@pytest.mark.endurance
def test_a_pass_takes_as_long_as_its_pages() -> None:
    run = took(100_000)
    assert run["seconds"] <= 1.3 * LATENCY * run["pages"]
