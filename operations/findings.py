"""What the commands report: a line for each thing looked at, and under it how to fix what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from operations.problems import PROBLEMS, problem_of


class Level(StrEnum):
    """The state of a thing: a ``FAIL`` makes the command fail, a ``warn`` may be intended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """The state of *subject*. A finding that is not ok has a *remedy*."""

    level: Level
    subject: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<5} {self.subject}: {self.text}"
        return f"{line}\n      -> {self.remedy}" if self.remedy else line


@dataclass(frozen=True)
class Subject:
    """Makes findings about the thing *name*."""

    name: str

    def ok(self, text: str) -> Finding:
        """All is well."""
        return Finding(Level.OK, self.name, text)

    def warn(self, text: str, remedy: str) -> Finding:
        """Worth a look, but it may be intended."""
        return Finding(Level.WARN, self.name, text, remedy)

    def fail(self, text: str, remedy: str) -> Finding:
        """Something does not work."""
        return Finding(Level.FAIL, self.name, text, remedy)

    def examined(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """*findings*, with a failure at the end if AWS, Twilio or the network prevents the rest."""
        try:
            yield from findings
        except PROBLEMS as exc:
            problem = problem_of(exc)
            yield self.fail(problem.text, problem.remedy)
