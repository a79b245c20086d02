"""What a Custom Event Bus costs a webhook, and what it costs where there is none: in turn, and as ratios.

``PYTHONPATH=layers/twilio_connector/python .venv/bin/python -m bench.buses [--python PYTHON] [--against CHECKOUT]
[--rounds N]``: as of ``python -m bench``, which measures everything else, and not this.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.columns import Columns, columns
from bench.running import Contestant, connector
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


def table(lives: Mapping[str, Columns]) -> str:
    """Milliseconds of processor and megabytes by contestant, each with its ratio to the first of them."""
    first = next(iter(lives))
    rows = [f"| {'':12} | " + " | ".join(f"{name:>16}" for name in lives) + " |"]
    for title, name in FIGURES.items():
        values = {who: getattr(life, name) * (1 if name == "megabytes" else 1000) for who, life in lives.items()}
        cells = (f"{value:8.2f} ({value / values[first]:.3f})" for value in values.values())
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
        print(table(columns(WEBHOOK_TASK, found, given.rounds)))


if __name__ == "__main__":
    main()
