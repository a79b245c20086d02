"""`make mutants`: a row of figures for each part, and each unexplained survivor. Exits with 1 if there are any."""

import argparse
import sys
from pathlib import Path

from tests.mutants.parts import PARTS
from tests.mutants.survivors import Figures, listed
from tests.mutants.tool import judged

ROW = "{:12} {:>8} {:>8} {:>7} {:>8} {:>5}"


def main() -> int:
    """Run the tests of the chosen parts against changes of the code that they test."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--tool", type=Path, required=True, help="mutmut's environment")
    parser.add_argument("--only", choices=PARTS, help="the one part to judge")
    arguments = parser.parse_args()
    known, rows, passed = listed(), [], True
    for name in [arguments.only] if arguments.only else PARTS:
        figures = Figures.of(judged(name, PARTS[name], arguments.tool.absolute()), known)
        shown = (figures.mutants, figures.killed, f"{figures.share:.1f} %", figures.listed, len(figures.new))
        rows.append(ROW.format(name, *shown))
        for mutant in figures.new:
            print(f"{mutant.place}: survived\n  - {mutant.was}\n  + {mutant.becomes}")
        passed = passed and figures.passes
    print(ROW.format("part", "mutants", "killed", "share", "listed", "new"), *rows, sep="\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
