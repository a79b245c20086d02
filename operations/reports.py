"""Reports of what the commands find: lines for people, or one JSON document for machines."""

import json
import sys
from typing import Any, Protocol

from operations.findings import Finding, Level
from operations.problems import Problem


class Report(Protocol):
    """Receives findings as they come."""

    @property
    def levels(self) -> list[Level]:
        """The levels of the findings so far."""

    def add(self, finding: Finding) -> None:
        """Report one more finding."""

    def stop(self, problem: Problem) -> None:
        """Report what keeps the command from its work."""

    def end(self, status: int, *, whole: bool) -> None:
        """The command ends with that exit status; *whole* is whether it has looked at everything."""


class Lines:
    """A line for each finding, with its remedy under it, and their counts at the end."""

    def __init__(self) -> None:
        self.levels: list[Level] = []

    def add(self, finding: Finding) -> None:
        """Print it."""
        self.levels.append(finding.level)
        print(finding, flush=True)

    def stop(self, problem: Problem) -> None:
        """Print it, apart from the findings."""
        print(f"FAIL  {problem.text}\n      -> {problem.remedy}", file=sys.stderr)

    def end(self, status: int, *, whole: bool) -> None:
        """Print the counts, unless the command did not look at everything."""
        if whole:
            failures, warnings = self.levels.count(Level.FAIL), self.levels.count(Level.WARN)
            print(f"\n{failures} failed, {warnings} to look at, {self.levels.count(Level.OK)} ok.")


class Document:
    """One JSON document, written when the command ends, however it ends. It begins with *about*."""

    def __init__(self, **about: Any) -> None:
        self.levels: list[Level] = []
        self.about = about
        self._findings: list[dict[str, str]] = []

    def add(self, finding: Finding) -> None:
        """Keep it."""
        self.levels.append(finding.level)
        self._findings.append(
            {
                "level": finding.level.lower(),
                "subject": finding.subject,
                "text": finding.text,
                "remedy": finding.remedy,
            }
        )

    def stop(self, problem: Problem) -> None:
        """Keep it as the failure of the command itself."""
        self.add(Finding(Level.FAIL, str(self.about["command"]), problem.text, problem.remedy))

    def end(self, status: int, *, whole: bool) -> None:
        """Print the document."""
        counts = {level.lower(): self.levels.count(level) for level in Level}
        document = {**self.about, "findings": self._findings, "counts": counts, "complete": whole, "exitStatus": status}
        print(json.dumps(document, indent=2, ensure_ascii=False), flush=True)
