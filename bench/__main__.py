"""`make bench`: measures, and writes docs/bench.md, .json and .png, and the costs in README.md.

`python -m bench [--python PYTHON] [--against CHECKOUT] [--rounds N | --quick] [--keep FILE | --from FILE]`: PYTHON runs
the functions; 3.13 is what Lambda does. CHECKOUT, of another version, is built and measured in the same rounds.
"""

import argparse
import json
import os
import pickle
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.costs import costs
from bench.figures import figures
from bench.picture import bars, plot
from bench.results import Results, measure
from bench.site import make_site
from local.sam import PROJECT_ROOT

README, PAGE = PROJECT_ROOT / "README.md", PROJECT_ROOT / "docs" / "bench.md"
GENERATED = "<!-- made by `make bench` -->\n"
ROUNDS, QUICK_ROUNDS = 9, 2


def main() -> None:
    """Measure everything, or take what was measured before, and write it down."""
    arguments = _arguments()
    if arguments.taken:
        # Of our own making.
        run, results = pickle.loads(arguments.taken.read_bytes())
    else:
        run, results = _measured(arguments.python, arguments.rounds, arguments.against)
    if arguments.keep:
        arguments.keep.write_bytes(pickle.dumps((run, results)))
    dollars = costs(results.jobs, results.usages)
    block = report.costs_block(dollars)
    text = report.page(results, run, block)
    print(text)
    if not arguments.quick:
        head, _, _ = PAGE.read_text().partition(GENERATED)
        PAGE.write_text(head + GENERATED + "\n" + text)
        PAGE.with_suffix(".json").write_text(json.dumps(figures(results), indent=2) + "\n")
        README.write_text(report.with_costs(README.read_text(), block))
        plot(bars(results), PAGE.with_suffix(".png"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--against", type=Path, help="a checkout of another version, to be measured next to this one")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a few rounds, nothing written")
    parser.add_argument("--keep", type=Path, help="a file to keep in what was measured")
    parser.add_argument("--from", dest="taken", type=Path, help="such a file, to write the pages anew from")
    arguments = parser.parse_args()
    arguments.rounds = QUICK_ROUNDS if arguments.quick else arguments.rounds
    arguments.against = arguments.against and arguments.against.resolve()
    return arguments


def _measured(python: str, rounds: int, against: Path | None) -> tuple[str, Results]:
    version = _output(python, "-c", "import platform; print(platform.python_version())")
    if not version.startswith("3.13"):
        print(f"Python {version} runs the functions; Lambda's is 3.13, and only it reads the layer's bytecode.")
    os.environ["BYTECODE_PYTHON"] = python
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        results = measure(make_site(Path(folder), python), rounds, against)
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} processors, Python {version}"
    run = f"Measured on {machine}: medians of {rounds} rounds, all in turn in one run."
    if against:
        commit = _output("git", "-C", str(against), "rev-parse", "--short=7", "HEAD")
        run += f" *Before* is the connector as it was at commit {commit}."
    return run, results


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
