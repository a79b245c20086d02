"""The stack's functions together, in virtual time: whatever a seed lets happen, no promise is broken.

`playing.play` plays a history, `invariants` judges it by what Twilio, the bus and the queues hold in the end.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.sam import PROJECT_ROOT
from tests.simulation.functions import TIMEOUTS
from tests.simulation.invariants import INVARIANTS
from tests.simulation.playing import Tally, play
from tests.simulation.weather import KINDS
from twilio_connector.bus import custom_bus, publisher

# Where the histories of a gate begin; those of a soak are others.
FIRST = 20_261_129
GATE, ENDURANCE, SOAK = 10, 10_000, 100_000
AT_ONCE, CHUNK = 4, 500
# What each function calls, and what of its faults it cannot meet: calls that it does not make, and repeats of AWS's
# clients where these try once.
CALLS = {
    "poll": ("dynamodb", "events", "secrets", "list"),
    "reconcile": ("dynamodb", "events", "sqs", "secrets", "list"),
    "send_sms": ("dynamodb", "events", "sqs", "secrets", "list", "fetch", "create"),
    "webhook": ("events", "sqs", "secrets"),
    "redeliver": ("events", "sqs"),
}
UNMET = {
    ("send_sms", "dynamodb unprocessed"),
    # What is searched is a page long.
    ("send_sms", "list refused token"),
    ("webhook", "events doubled"),
    ("webhook", "sqs doubled"),
    ("redeliver", "events doubled"),
    ("redeliver", "sqs doubled"),
    ("redeliver", "sqs partial"),
}
ELSEWHERE = {
    "twilio": (
        *("callback lost", "callback late", "callback doubled", "callback out of order", "answer lost"),
        *("row late", "row hidden", "row undated", "row vanished", "rows reordered"),
    ),
    "sqs": ("delivery late", "delivery doubled"),
    "poll": ("clock jumps", "little time", "out of time"),
    "reconcile": ("clock jumps", "little time", "out of time"),
    "send_sms": ("clock jumps",),
    "webhook": ("clock jumps",),
    "redeliver": ("clock jumps",),
}


def command(*arguments: object, hash_seed: str = "random") -> str:
    """What ``python -m tests.simulation`` prints, in a process of its own."""
    env = {**os.environ, "PYTHONPATH": "layers/twilio_connector/python", "PYTHONHASHSEED": hash_seed}
    given = [sys.executable, "-m", "tests.simulation", *map(str, arguments)]
    return subprocess.run(given, cwd=PROJECT_ROOT, env=env, capture_output=True, text=True, check=False).stdout


def told(violations: Sequence[str]) -> str:
    """The *violations* of histories, and the first of these as a whole, with the command that plays it again."""
    seed = re.findall(r"seed (\d+)", violations[0])[0]
    return "\n".join([*violations, f"make simulate SEED={seed}", command(seed)])


def test_no_history_breaks_a_promise() -> None:
    tally = Tally()
    for played in play(FIRST, GATE):
        tally.add(played)
    assert not tally.violations, told(tally.violations)
    assert tally.faults
    assert tally.kills
    assert (publisher.ENTRIES_PER_CALL, custom_bus.ENTRIES_PER_REQUEST) == (10, 100), "what a history set lasts"


@pytest.mark.parametrize(
    ("first", "histories"),
    [
        pytest.param(FIRST, ENDURANCE, marks=pytest.mark.endurance),
        pytest.param(2 * FIRST, SOAK, marks=pytest.mark.soak),
    ],
)
def test_no_history_of_many_breaks_a_promise(
    record_property: Callable[[str, object], None], first: int, histories: int
) -> None:
    tally, seeds = Tally(), range(first, first + histories, CHUNK)
    with ThreadPoolExecutor(AT_ONCE) as processes:
        for text in processes.map(lambda seed: command(seed, "--count", CHUNK, "--json"), seeds):
            tally.merge(text)
    record_property("simulation", tally.text())
    assert not tally.violations, told(tally.violations)
    assert tally.histories == histories
    met = {f"{who}: {service} {kind}" for who, them in CALLS.items() for service in them for kind in KINDS[service]}
    met -= {f"{who}: {what}" for who, what in UNMET}
    met |= {f"{who}: {what}" for who, them in ELSEWHERE.items() for what in them}
    assert met - tally.faults.keys() == set(), "never met"
    assert tally.kills.keys() == TIMEOUTS.keys()


@pytest.mark.parametrize(
    ("first", "histories"), [(FIRST, 4), pytest.param(2 * FIRST, 200, marks=pytest.mark.endurance)]
)
def test_a_seed_is_the_same_history_in_every_process(first: int, histories: int) -> None:
    here = [f"{played.seed} {played.digest}" for played in play(first, histories, keep=True)]
    # Sets and dictionaries of texts come in another order there.
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    assert command(first, "--count", histories, "--digest", hash_seed=other).splitlines() == here
    assert len(here) == histories


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.__name__)
def test_what_an_invariant_quotes_stands_in_the_guarantees(invariant: object) -> None:
    quoted = str(invariant.__doc__).split("\n\n")[0]
    page = (PROJECT_ROOT / "docs" / "guarantees.md").read_text()
    assert " ".join(quoted.split()) in " ".join(page.split())
