"""The cursor of reconciliations as the state table holds it. What is stored is read by every later version.

``{at, pass?: {low, began, nextAt, undated, parts, uri?, lowest?, ordered}}``: seconds are numbers, *parts* is a list of
their first and last seconds in turn.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from twilio_connector.listing.filters import Filters
from twilio_connector.listing.lease import Lease, StoredForm
from twilio_connector.listing.parts import Part
from twilio_connector.reconciling.passes import Cursor, Pass
from twilio_connector.state.table import StateTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


def cursor_key(connection: str, filters: Filters) -> str:
    """The partition key of the cursor by which a *connection*'s messages that match *filters* are reconciled."""
    return filters.key("reconcile", connection)


def lease_of(state: StateTable, pk: str) -> Lease[Cursor]:
    """The lease of the cursor *pk*."""
    return Lease(state, pk, StoredForm(_attributes_of, _cursor_of))


def _attributes_of(cursor: Cursor) -> "Mapping[str, AttributeValueTypeDef | None]":
    return {"at": _number(cursor.at), "pass": _pass_item(cursor.under_way) if cursor.under_way else None}


def _pass_item(under_way: Pass) -> "AttributeValueTypeDef":
    item: dict[str, AttributeValueTypeDef] = {
        "low": _number(under_way.low),
        "began": _number(under_way.began),
        "nextAt": _number(under_way.next_at),
        "undated": {"BOOL": under_way.undated},
        "parts": {"L": [_number(second) for part in under_way.parts for second in (part.low, part.high)]},
        "ordered": {"BOOL": under_way.ordered},
    }
    if under_way.uri is not None:
        item["uri"] = {"S": under_way.uri}
    if under_way.lowest is not None:
        item["lowest"] = _number(under_way.lowest)
    return {"M": item}


def _cursor_of(item: "Item") -> Cursor | None:
    if "at" not in item:
        return None
    return Cursor(int(item["at"]["N"]), _pass_of(item["pass"]["M"]) if "pass" in item else None)


def _pass_of(item: "Item") -> Pass:
    seconds = iter([int(second["N"]) for second in item["parts"]["L"]])
    return Pass(
        low=int(item["low"]["N"]),
        began=int(item["began"]["N"]),
        next_at=int(item["nextAt"]["N"]),
        undated=item["undated"]["BOOL"],
        parts=tuple(Part(first, last) for first, last in zip(seconds, seconds, strict=True)),
        uri=item["uri"]["S"] if "uri" in item else None,
        lowest=int(item["lowest"]["N"]) if "lowest" in item else None,
        ordered=item["ordered"]["BOOL"],
    )


def _number(value: int) -> "AttributeValueTypeDef":
    return {"N": str(value)}
