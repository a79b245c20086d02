"""How many texts were sent, in the state table: counted before each is, by updates that no two can both win.

==============================  ======================  ==========================================================
pk                              sk                      holds
==============================  ======================  ==========================================================
``limit#<connection>#<hash>``   ``hour#2026-03-15T14``  *taken*: texts to one recipient, by its hash
``limit#<connection>``          ``day#2026-03-15``      *taken*: texts of one connection
==============================  ======================  ==========================================================

Hours and days are UTC's; an item expires an hour after its own. A place is taken by an update and not within the
transaction that claims a send: transactions on one item put each other off, and all sends of a connection share a day.
What is in doubt counts as taken. So a place is lost where an answer of DynamoDB's was, and no limit is ever exceeded.

Why: docs/decisions.md#2026-11-28-a-text-is-counted-by-an-update-of-its-own
"""

import hashlib
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from twilio_connector.limits.budget import GIVE_BACK_SECONDS, TAKE_SECONDS
from twilio_connector.limits.countries import canonical, number_in
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from twilio_connector.state.table import Item

HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400


class Window(NamedTuple):
    """One counter: of an hour or a day (*kind*), which may reach *limit*, and is deleted after *expires_at*."""

    kind: str
    pk: str
    sk: str
    limit: int
    expires_at: int

    @property
    def key(self) -> "Item":
        """Its key in the state table."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


class Counters:
    """The counters in the table *state*. A limit of 0 is none. *clock* gives seconds since the epoch."""

    def __init__(
        self, state: StateTable, per_recipient_hour: int, per_day: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._state = state
        self._per_recipient_hour = per_recipient_hour
        self._per_day = per_day
        self._clock = clock

    def windows(self, connection: str, recipient: str, at: float | None = None) -> list[Window]:
        """The counters of a text to *recipient* that is sent now, or was *at* that second.

        That of the day comes last: a text that an hour's refuses has not kept others out of the day, which all share.
        """
        moment, windows = int(self._clock() if at is None else at), list[Window]()
        now = datetime.fromtimestamp(moment, UTC)
        if self._per_recipient_hour:
            ends = moment - moment % HOUR_SECONDS + 2 * HOUR_SECONDS
            key = f"limit#{connection}#{_hash(connection, recipient)}"
            windows.append(Window("hour", key, now.strftime("hour#%Y-%m-%dT%H"), self._per_recipient_hour, ends))
        if self._per_day:
            ends = moment - moment % DAY_SECONDS + DAY_SECONDS + HOUR_SECONDS
            windows.append(Window("day", f"limit#{connection}", now.strftime("day#%Y-%m-%d"), self._per_day, ends))
        return windows

    def take(self, window: Window) -> bool:
        """Take a place in *window*; False where there is none left. Raises :class:`ServiceUnavailableError`."""
        state = self._state.within(TAKE_SECONDS)
        taken, _ = state.update(
            window.key,
            "ADD #taken :one SET #expiresAt = :end",
            "attribute_not_exists(#taken) OR #taken < :limit",
            {":one": {"N": "1"}, ":limit": {"N": str(window.limit)}, ":end": {"N": str(window.expires_at)}},
        )
        return taken

    def give_back(self, windows: Sequence[Window]) -> None:
        """Give back a place that was taken in each of *windows*. Raises :class:`ServiceUnavailableError`.

        By a transaction: a repeat of one whose answer was lost gives nothing back twice.
        """
        state = self._state.within(GIVE_BACK_SECONDS)
        state.transact([_less(state.name, window) for window in windows])


def _less(table: str, window: Window) -> "TransactWriteItemTypeDef":
    return {
        "Update": {
            "TableName": table,
            "Key": window.key,
            "UpdateExpression": "ADD #taken :less",
            "ConditionExpression": "#taken >= :one",
            "ExpressionAttributeNames": {"#taken": "taken"},
            "ExpressionAttributeValues": {":less": {"N": "-1"}, ":one": {"N": "1"}},
        }
    }


def _hash(connection: str, recipient: str) -> str:
    """The same for all spellings of a number, in a channel address or not: it is one recipient."""
    number = canonical(number_in(recipient))
    spelt = re.sub("[^0-9]", "", number) if number.startswith("+") else number.strip().casefold()
    return hashlib.sha256(f"{connection}\n{spelt}".encode()).hexdigest()
