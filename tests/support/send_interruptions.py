"""What may come between a send and its table: other sends, answers that are lost, limits that are reached."""

from collections.abc import Callable
from typing import Any, cast

from botocore.exceptions import ReadTimeoutError

from tests.support.memory_dynamodb import MemoryDynamoDB
from tests.support.send_tables import SECONDS
from twilio_connector.errors import SendLimitError
from twilio_connector.limits.admission import Admission
from twilio_connector.sending.records import Record, Send
from twilio_connector.sending.table import SendTable


class Interrupted(MemoryDynamoDB):
    """Does what is to happen *before* each coming transaction, and loses all answers to as many as *lost* says.

    A transaction is carried out once, however often it is tried.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], None]] = []
        self.lost = 0
        self._is_lost: dict[str, bool] = {}

    def transact_write_items(self, **arguments: Any) -> dict[str, Any]:
        """As the client of boto3."""
        token = arguments["ClientRequestToken"]
        if token not in self._is_lost:
            if self.before:
                self.before.pop(0)()
            self._is_lost[token] = self.lost > 0
            self.lost -= 1
            super().transact_write_items(**arguments)
        if self._is_lost[token]:
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return {}

    def stored(self) -> list[Any]:
        """All items, in no order."""
        return sorted(self.items(), key=str)


class Places:
    """An admission that tells what was asked of it, and refuses if it is told to."""

    def __init__(self, *, full: bool = False) -> None:
        self.asked: list[str | float | None] = []
        self.full = full

    def enter(self, since: float | None = None) -> None:
        """As Admission."""
        self.asked.append(since)
        if self.full:
            raise SendLimitError("no")

    def leave(self) -> None:
        """As Admission."""
        self.asked.append("left")

    @property
    def admission(self) -> Admission:
        """Itself."""
        return cast("Admission", self)


def lost(table: SendTable, one: Send) -> Record:
    """The record of a send that ended without being known."""
    record = table.answer_lost(one, table.claim(one, SECONDS).record)
    table.unknown(one, record)
    return record
