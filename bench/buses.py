"""What a Custom Event Bus costs a webhook, and what it costs where there is none: in turn, and as ratios.

``PYTHONPATH=layers/twilio_connector/python .venv/bin/python -m bench.buses [--python PYTHON] [--against CHECKOUT]
[--rounds N]``: as of ``python -m bench``, which measures everything else, and not this.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.columns import Columns, columns
from bench.running import Contestant, connector
from bench.samples import in_turn
from bench.site import Site, make_site
from bench.tasks import BEFORE, CONNECTOR, WEBHOOK_TASK

IN_ORDER = "in order"
ARN = "arn:aws:events:us-east-1:123456789012:event-busv2/bench/abcdefghijklmnopqrstuvwxy"
FIGURES = {"start": "init", "first event": "first", "warm event": "warm", "megabytes": "megabytes"}
ROUNDS = 15


def contestants(site: Site, against: Path | None) -> Sequence[Contestant]:
    """The webhook as it was at *against*, as it is, and as it is where a Custom Event Bus is named."""
    function = WEBHOOK_TASK.function
    mine = connector(CONNECTOR, function, site)
    before = [connector(BEFORE, function, site, against)] if against else []
    return [*before, mine, replace(mine, name=IN_ORDER, variables={"CUSTOM_EVENT_BUS_ARN": ARN})]


def lives(found: Sequence[Contestant], rounds: int) -> Iterator[Mapping[str, Columns]]:
    """Of each round a process of each contestant, by name, each round beginning with another one."""
    for number in range(rounds):
        yield columns(WEBHOOK_TASK, in_turn(found, number), 1)


def table(rounds: Sequence[Mapping[str, Columns]], names: Sequence[str]) -> str:
    """The medians of rounds: milliseconds of processor, megabytes, and what they are to those of the first of a round.

    A machine that is busy with something else is so for all of a round.
    """
    rows = [f"| {'':12} | " + " | ".join(f"{name:>16}" for name in names) + " |"]
    for title, name in FIGURES.items():
        scale = 1 if name == "megabytes" else 1000
        values = {who: [getattr(one[who], name) * scale for one in rounds] for who in names}
        ratios = {who: [one / first for one, first in zip(values[who], values[names[0]], strict=True)] for who in names}
        cells = (f"{median(values[who]):8.2f} ({median(ratios[who]):.3f})" for who in names)
        rows.append(f"| {title:12} | " + " | ".join(f"{cell:>16}" for cell in cells) + " |")
    return "\n".join(rows)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.buses", description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--against", type=Path, help="a checkout of another version")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often (%(default)s)")
    given = parser.parse_args()
    os.environ["BYTECODE_PYTHON"] = given.python
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        site = make_site(Path(folder), given.python)
        found = contestants(site, given.against and given.against.resolve())
        print(table(list(lives(found, given.rounds)), [one.name for one in found]))


if __name__ == "__main__":
    main()
