"""DynamoDB in memory, for threads: each call is carried out by itself, as the service does."""

import threading
from collections.abc import Callable
from typing import Any

from tests.support.memory_dynamodb import MemoryDynamoDB


class LockedDynamoDB:
    """A client like :class:`MemoryDynamoDB`, *memory*, whose calls follow one another."""

    def __init__(self) -> None:
        self.memory = MemoryDynamoDB()
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.memory, name)

        def locked(**arguments: Any) -> Any:
            with self._lock:
                return call(**arguments)

        return locked
