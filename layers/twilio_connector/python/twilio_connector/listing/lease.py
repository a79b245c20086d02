"""Cursors in the state table: how far each has come, and which run is moving it.

One item a cursor in the state table. It changes only by conditional writes: a lease keeps two runs of one cursor
apart, and a run that lost it can no longer save.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.observability import logger
from twilio_connector.listing.budget import LEASE_GRACE_SECONDS
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

C = TypeVar("C")


@dataclass(frozen=True)
class StoredForm(Generic[C]):
    """How cursors of a kind are stored: the attributes of one, None for what is not to be there, and back again.

    An item that has only been leased is not a cursor yet.
    """

    attributes_of: "Callable[[C], Mapping[str, AttributeValueTypeDef | None]]"
    cursor_of: "Callable[[Item], C | None]"


class Lease(Generic[C]):
    """The right to move one cursor until it is released, or until its term ends."""

    def __init__(self, state: StateTable, pk: str, form: StoredForm[C]) -> None:
        self._state = state
        self._pk = pk
        self._form = form
        self._owner = uuid.uuid4().hex
        self._version = 0

    def acquire(self, now: int, seconds: float) -> tuple[bool, C | None]:
        """Acquire the lease for *seconds* and a grace period.

        Returns whether it was free, and the cursor as it is, None if there is none yet. Raises
        :class:`ServiceUnavailableError`; the next run need not wait for a lease of which only the answer was lost.
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
                self._release()
            raise
        if acquired:
            self._version = int(item.get("version", {"N": "0"})["N"])
        return acquired, self._form.cursor_of(item)

    def save(self, cursor: C) -> None:
        """Save the cursor. Raises :class:`ServiceUnavailableError` if the lease was lost or DynamoDB fails."""
        values: dict[str, AttributeValueTypeDef] = {"version": {"N": str(self._version + 1)}}
        gone: list[str] = []
        for name, value in self._form.attributes_of(cursor).items():
            if value is None:
                gone.append(name)
            else:
                values[name] = value
        saved, found = self._state.update(
            self._key,
            "SET "
            + ", ".join(f"#{name} = :{name}" for name in values)
            + (" REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""),
            "#owner = :owner AND (#version = :before OR attribute_not_exists(#version))",
            {
                ":owner": {"S": self._owner},
                ":before": {"N": str(self._version)},
                **{f":{name}": value for name, value in values.items()},
            },
        )
        # A save whose answer is lost is tried again, and may have been stored already.
        if not saved and (found.get("owner"), found.get("version")) != ({"S": self._owner}, values["version"]):
            raise ServiceUnavailableError("Another run has taken over this cursor.")
        self._version += 1

    def release(self) -> None:
        """Let the next run continue at once; nothing happens if the lease was lost."""
        try:
            self._release()
        except ServiceUnavailableError as exc:
            # It expires by itself.
            logger.warning("The lease was not released", extra={"reason": str(exc)})

    def _release(self) -> None:
        self._state.update(self._key, "REMOVE #owner, #until", "#owner = :owner", {":owner": {"S": self._owner}})

    @property
    def _key(self) -> "dict[str, AttributeValueTypeDef]":
        return {"pk": {"S": self._pk}, "sk": {"S": "cursor"}}
