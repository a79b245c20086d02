"""Events as the bus takes them: their text, and how large it may be.

Limits: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from twilio_connector.errors import TwilioConnectorError

SOURCE = "twilio.connector"
# Of an entry of PutEvents and, to be safe, of a whole call; some regions take more.
MAX_BYTES = 256 * 1024

# Made once: `json.dumps` makes one for every text.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Event:
    """One event for the bus. *detail* is its JSON text; neither shows in a ``repr``."""

    detail_type: str
    detail: str = field(repr=False)

    @classmethod
    def of(cls, detail_type: str, detail: dict[str, Any]) -> "Event":
        """The event with *detail* encoded."""
        return cls(detail_type, encode(detail))

    @cached_property
    def size(self) -> int:
        """Bytes that PutEvents counts for the entry."""
        return len(SOURCE) + len(self.detail_type.encode()) + len(self.detail.encode())


class EventTooLargeError(TwilioConnectorError):
    """An event exceeds what an entry of PutEvents may hold."""


def encode(detail: object) -> str:
    """JSON in the fewest bytes: UTF-8, except where a text holds half a surrogate pair, which UTF-8 cannot."""
    text = _ENCODER.encode(detail)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(detail, separators=(",", ":"))
    return text
