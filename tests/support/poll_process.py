"""One poll in a process of its own: ``python -m tests.support.poll_process ENVIRONMENT PUBLISHED DIES_AFTER``.

Appends the SIDs that it publishes to the file PUBLISHED. Kills itself right after the DIES_AFTER-th call of PutEvents;
parallel ones hang until then.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.fakes import FakeBus, FakeContext
from tests.support.world import load_app


class RecordingBus(FakeBus):
    """Writes down what it takes before it answers, if it lives to answer."""

    def __init__(self, published: Path, dies_after: int) -> None:
        super().__init__()
        self._published = published
        self._calls_left = dies_after
        self._lock = threading.Lock()

    def put_events(self, *, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As FakeBus."""
        with self._lock:
            answer = super().put_events(Entries=Entries)
            with self._published.open("a") as file:
                file.writelines(f"{sid}\n" for sid in self.created())
            self.entries.clear()
            self._calls_left -= 1
            if self._calls_left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer


def main(environment: str, published: str, dies_after: str) -> None:
    """Poll once, from two hours ago if the cursor is new, and say whether the poll was skipped."""
    app = load_app("poll", json.loads(environment), RecordingBus(Path(published), int(dies_after)))
    result = app.handler({"since": (datetime.now(UTC) - timedelta(hours=2)).isoformat()}, FakeContext())
    sys.stdout.write("skipped" if result["skipped"] else "polled")


if __name__ == "__main__":
    main(*sys.argv[1:])
