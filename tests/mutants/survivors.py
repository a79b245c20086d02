"""The changes that no test has to notice, and why: the list that a run of the tool is compared with."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.tool import KILLED, Mutant

LIST = Path(__file__).with_name("survivors.toml")
# The tests have to notice this percentage of the killable mutants of a part, even if the list explains the others.
LEAST_KILLED = 95.0
# The reason begins with this word if a mutant does the same as the original code.
EQUIVALENT = "Equivalent"


def listed() -> dict[Mutant, str]:
    """Each survivor that is known, with the reason for it."""
    document = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return {
        Mutant(each["place"], each["was"], each["becomes"]): group["reason"]
        for group in document["group"]
        for each in group["mutants"]
    }


@dataclass(frozen=True)
class Figures:
    """The counts of a part: its *mutants*, those *killed*, the survivors that are *listed*, and the *new* ones.

    *equivalent* are the listed ones that no test could notice.
    """

    mutants: int
    killed: int
    listed: int
    new: tuple[Mutant, ...]
    equivalent: int = 0

    @classmethod
    def of(cls, judged: Iterable[tuple[Mutant, int | None]], known: Mapping[Mutant, str]) -> "Figures":
        """The figures of the mutants that were *judged*, each with its exit code; *known* are survivors and reasons."""
        everything = list(judged)
        alive = [mutant for mutant, exit_code in everything if exit_code not in KILLED]
        new = tuple(sorted(mutant for mutant in alive if mutant not in known))
        equivalent = sum(known.get(mutant, "").startswith(EQUIVALENT) for mutant in alive)
        return cls(len(everything), len(everything) - len(alive), len(alive) - len(new), new, equivalent)

    @property
    def share(self) -> float:
        """The percentage killed, of the mutants that could be."""
        return 100 * self.killed / max(1, self.mutants - self.equivalent)

    @property
    def passes(self) -> bool:
        """Whether the list explains all survivors, and enough mutants were killed."""
        return not self.new and self.share >= LEAST_KILLED
