"""Cursors in the state table: how far each (connection, from, to) has come, and who is polling it.

One item a cursor in the state table. It changes by conditional writes alone: a lease keeps two polls of one cursor
apart, and whoever lost it can no longer save.
"""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.polling.budget import LEASE_GRACE_SECONDS
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.window_item import window_item, window_of
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


class Lease:
    """The right to move one cursor until it is released, or until its term ends."""

    def __init__(self, state: StateTable, pk: str) -> None:
        self._state = state
        self._pk = pk
        self._owner = uuid.uuid4().hex
        self._version = 0

    def acquire(self, now: int, seconds: float) -> tuple[bool, Cursor | None]:
        """Acquire the lease for *seconds* and a grace period.

        Returns whether it was free, and the cursor as it is, None if there is none yet. Raises
        :class:`ServiceUnavailableError`; the next poll need not wait for a lease of which only the answer was lost.
        """
        try:
            acquired, item = self._state.update(
                self._key,
                "SET #owner = :owner, #until = :until",
                # Its own, too: it is tried again where an answer is lost.
                "attribute_not_exists(#owner) OR #until < :now OR #owner = :owner",
                {
                    ":owner": {"S": self._owner},
                    ":until": {"N": str(int(now + seconds) + LEASE_GRACE_SECONDS)},
                    ":now": {"N": str(now)},
                },
            )
        except ServiceUnavailableError:
            with suppress(ServiceUnavailableError):
                self.release()
            raise
        if acquired:
            self._version = int(item.get("version", {"N": "0"})["N"])
        return acquired, _parse(item)

    def save(self, cursor: Cursor) -> None:
        """Save the cursor. Raises :class:`ServiceUnavailableError` if the lease was lost or DynamoDB fails."""
        values: dict[str, AttributeValueTypeDef] = {
            ":at": {"N": str(cursor.at)},
            ":floor": {"N": str(cursor.floor)},
            ":window": window_item(cursor.window),
            ":undated": {"N": str(cursor.newest_undated)},
            ":next": {"N": str(self._version + 1)},
        }
        saved, found = self._state.update(
            self._key,
            "SET #at = :at, #floor = :floor, #window = :window, #undated = :undated, #version = :next"
            + (" REMOVE #unproven" if cursor.proven else ", #unproven = :next"),
            "#owner = :owner AND (#version = :version OR attribute_not_exists(#version))",
            {":owner": {"S": self._owner}, ":version": {"N": str(self._version)}, **values},
        )
        # It is tried again where an answer is lost: then what was to be saved stands there already.
        if not saved and (found.get("owner"), found.get("version")) != ({"S": self._owner}, values[":next"]):
            raise ServiceUnavailableError("Another poll has taken over this cursor.")
        self._version += 1

    def release(self) -> None:
        """Let the next poll go on at once; nothing happens if the lease was lost."""
        self._state.update(self._key, "REMOVE #owner, #until", "#owner = :owner", {":owner": {"S": self._owner}})

    @property
    def _key(self) -> "dict[str, AttributeValueTypeDef]":
        return {"pk": {"S": self._pk}, "sk": {"S": "cursor"}}


def cursor_key(connection: str, sender: str | None, recipient: str | None) -> str:
    """The partition key of the cursor of (connection, from, to), numbers normalised."""
    return f"poll#{connection}#{sender or ''}#{recipient or ''}"


def _parse(item: "Item") -> Cursor | None:
    if "at" not in item:
        return None
    return Cursor(
        at=int(item["at"]["N"]),
        floor=int(item["floor"]["N"]),
        window=window_of(item["window"]),
        newest_undated=int(item["undated"]["N"]),
        proven="unproven" not in item,
    )
