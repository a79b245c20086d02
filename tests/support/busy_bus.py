"""A bus that is called by several threads at once, and what is left of those."""

import threading
from collections.abc import Sequence
from typing import Any

from tests.support.fakes import FakeBus

# Longer than any test takes: what waits so long waits for ever.
PATIENCE = 30.0


def pool_threads() -> list[str]:
    """The threads of pools; others are the sandbox's."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


class BusyBus(FakeBus):
    """A bus that answers calls as soon as so many of them are there *together*; *most* were there at once."""

    def __init__(self, together: int = 1) -> None:
        super().__init__()
        self.at_once = self.most = 0
        self._together = threading.Barrier(together)
        self._lock = threading.Lock()

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            self._together.wait(PATIENCE)
            with self._lock:
                return super().put_events(Entries=Entries)
        finally:
            with self._lock:
                self.at_once -= 1
