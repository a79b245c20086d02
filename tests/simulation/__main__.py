"""``python -m tests.simulation SEED``: plays one history and prints it; with ``--count`` plays many and counts."""

import argparse
import sys

from tests.simulation.playing import Tally, play


def main() -> int:
    """Play what the arguments ask for; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, help="the history, or the first one")
    parser.add_argument("--count", type=int, default=0, help="how many to play, without printing them")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("--digest", action="store_true", help="print of each a hash of its text")
    given = parser.parse_args()
    if not given.count:
        (played,) = play(given.seed, 1, keep=True)
        print(played.text)
        for line in played.violations:
            print("VIOLATION", line)
        return bool(played.violations)
    if given.digest:
        for played in play(given.seed, given.count, keep=True):
            print(played.seed, played.digest)
        return 0
    tally = Tally()
    for played in play(given.seed, given.count):
        tally.add(played)
    print(tally.to_json() if given.json else tally.text())
    return bool(tally.violations)


if __name__ == "__main__":
    sys.exit(main())
