"""`make bench`: measures, and writes docs/bench.md, docs/bench.png and the costs in README.md.

`python -m bench [--python PYTHON] [--quick]`: PYTHON runs the functions; 3.13 is what Lambda does.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.costs import costs
from bench.month import idle_month
from bench.picture import bars, plot
from bench.results import measure
from local.sam import PROJECT_ROOT
from tests.support.template import template

README, PAGE = PROJECT_ROOT / "README.md", PROJECT_ROOT / "docs" / "bench.md"
GENERATED = "<!-- made by `make bench` -->\n"


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--quick", action="store_true", help="a few rounds, nothing written")
    arguments = parser.parse_args()
    version = subprocess.run(
        [arguments.python, "-c", "import platform; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if not version.startswith("3.13"):
        print(f"Python {version} runs the functions; Lambda's is 3.13, and only it reads the layer's bytecode.")
    os.environ["BYTECODE_PYTHON"] = arguments.python
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        results = measure(arguments.python, Path(folder), 2 if arguments.quick else 11)
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} processors, Python {version}"
    dollars = costs(results.jobs, results.usages)
    month = idle_month(template()["Resources"], dollars["polls that find nothing"])
    block = report.costs_block(dollars, month)
    text = report.page(results, machine, block)
    print(text)
    if not arguments.quick:
        head, _, _ = PAGE.read_text().partition(GENERATED)
        PAGE.write_text(head + GENERATED + "\n" + text)
        README.write_text(report.with_costs(README.read_text(), block))
        plot(bars(results), PAGE.with_suffix(".png"))


if __name__ == "__main__":
    main()
