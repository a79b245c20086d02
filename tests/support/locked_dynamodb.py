"""DynamoDB for threads: each call is carried out by itself, as the service does."""

import threading
from typing import Any

from tests.support.memory_dynamodb import MemoryDynamoDB


class Locked:
    """A client like *client*, whose calls follow one another.

    moto's, for one: a transaction that it cancels takes back what others wrote meanwhile.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if not callable(call):
            return call

        def locked(**arguments: Any) -> Any:
            with self._lock:
                return call(**arguments)

        return locked


class LockedDynamoDB(Locked):
    """A client like :class:`MemoryDynamoDB`, *memory*, whose calls follow one another."""

    def __init__(self) -> None:
        self.memory = MemoryDynamoDB()
        super().__init__(self.memory)
