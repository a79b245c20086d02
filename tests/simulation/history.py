"""What happened in a history: each outside call with its time, its actor, what it met and what was answered."""

from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.scheduler import START


@dataclass
class Record:
    """The *lines* of one history, and how often each actor met each kind of fault, and was killed."""

    lines: list[tuple[float, str, str, str, object]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)

    def note(self, now: float, who: str, what: str, fault: str = "", answer: object = "") -> None:
        """One thing that happened."""
        self.lines.append((now, who, what, fault, answer))

    def text(self) -> str:
        """The history for a reader: seconds since its beginning, actor, call, fault, answer."""
        return "\n".join(
            f"{now - START:10.3f}  {who:<14}  {what}" + (f"  !! {fault}" if fault else "") + _shown(answer)
            for now, who, what, fault, answer in self.lines
        )


def _shown(answer: object) -> str:
    return f"  -> {answer}" if answer not in ("", None) else ""
