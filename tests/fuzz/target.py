"""The targets by name, as the runner, the worker and the tests see them."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in (FOLDER / "targets").glob("[a-z]*.py"))
# Small inputs that once found something, in a folder for each target.
REGRESSIONS = FOLDER / "regressions"


@dataclass(frozen=True)
class Target:
    """One target: its function, what it begins with, and the words that are put into inputs."""

    name: str
    fuzz_one: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    words: Sequence[str]
    is_json: bool

    @classmethod
    def load(cls, name: str) -> "Target":
        """The target of that *name*; imports what it fuzzes."""
        module = importlib.import_module(f"tests.fuzz.targets.{name}")
        return cls(name, module.fuzz_one, module.seeds, module.DICTIONARY, module.IS_JSON)

    def regressions(self) -> list[bytes]:
        """Inputs that once found something."""
        return [path.read_bytes() for path in sorted((REGRESSIONS / self.name).glob("*"))]
