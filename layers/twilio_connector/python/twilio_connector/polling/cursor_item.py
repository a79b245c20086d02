"""The cursor of a poller as the state table holds it. What is stored is read by every later version."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from twilio_connector.listing.filters import Filters
from twilio_connector.listing.lease import Lease, StoredForm
from twilio_connector.polling.cursor import Cursor
from twilio_connector.polling.window_item import window_item, window_of
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


def cursor_key(connection: str, sender: str | None, recipient: str | None) -> str:
    """The partition key of the cursor of (connection, from, to), numbers normalised."""
    return Filters(sender, recipient).key("poll", connection)


def lease_of(state: StateTable, pk: str) -> Lease[Cursor]:
    """The lease of the cursor *pk*."""
    return Lease(state, pk, StoredForm(_attributes_of, _cursor_of))


def _attributes_of(cursor: Cursor) -> "Mapping[str, AttributeValueTypeDef | None]":
    return {
        "at": {"N": str(cursor.at)},
        "floor": {"N": str(cursor.floor)},
        "window": window_item(cursor.window),
        "undated": {"N": str(cursor.newest_undated)},
        "unproven": None if cursor.proven else {"N": "1"},
    }


def _cursor_of(item: "Item") -> Cursor | None:
    if "at" not in item:
        return None
    return Cursor(
        at=int(item["at"]["N"]),
        floor=int(item["floor"]["N"]),
        window=window_of(item["window"]),
        newest_undated=int(item["undated"]["N"]),
        proven="unproven" not in item,
    )
