"""What a Custom Event Bus orders events by, and recognises repeats by: both made only of the event's contents.

So an event that any function publishes again has both again. The order is that of one conversation, of two addresses,
in both directions. The number of groups should be bounded, so conversations share 4,096 of them.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-ordering.html
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from twilio_connector.bus.event import Event

GROUPS = 4096


class Metadata(NamedTuple):
    """The *group* of an event, and what *identifies* it: hashes, in hex."""

    group: str
    identity: str


def metadata_of(event: Event) -> Metadata:
    """The group and identity of *event*. An ``id`` is unique per connection: two may have sent under the same key."""
    detail = _read(event.detail)
    connection, data = detail.get("connection"), _member(detail.get("body"), "data")
    # Events that an earlier version has left in the queue may have no id.
    identity = detail.get("id") or _sids(data) or event.detail
    pair = conversation_of(data)
    group = int(_hash("conversation", *pair) if pair else _hash("connection", connection), 16) % GROUPS
    return Metadata(f"{group:03x}", _hash(event.detail_type, connection, identity))


def conversation_of(data: object) -> tuple[str, str] | None:
    """The two addresses, in no order, that an event's *data* is between; None where it names none, or several pairs."""
    if not isinstance(data, Mapping):
        return None
    if isinstance(created := data.get("created"), list):
        pairs = {_pair(message, "from", "to") for message in created}
        return pairs.pop() if len(pairs) == 1 else None
    return (
        _pair(data, "From", "To")
        or _pair(data, "recipient", "sender")
        # A send from the queue: of a service Twilio chooses the sender, which the message may not name yet.
        or _pair(data.get("message"), "from", "to")
        or _pair(data.get("input"), "from", "to")
        # An event of Event Streams.
        or _pair(data.get("data"), "from", "to")
    )


def _read(text: str) -> Any:
    """The object in *text*; what is none, as only a stranger may put into the queue, is left for the bus to refuse."""
    try:
        detail = json.loads(text)
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def _member(of: object, name: str) -> Any:
    return of.get(name) if isinstance(of, Mapping) else None


def _pair(of: object, one: str, other: str) -> tuple[str, str] | None:
    if not isinstance(of, Mapping):
        return None
    addresses = [address.strip() for key in (one, other) if isinstance(address := of.get(key), str)]
    if len(addresses) < 2 or not all(addresses):
        return None
    first, second = sorted(addresses)
    return first, second


def _sids(data: Any) -> list[Any] | None:
    created = _member(data, "created")
    return [_member(message, "sid") for message in created] if isinstance(created, list) else None


def _hash(*told: object) -> str:
    return sha256(json.dumps(told).encode()).hexdigest()
