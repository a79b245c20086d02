"""Messages that live, and a consumer of their statuses, for the model of reconciliation."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from local.schemas import validate_detail
from tests.support.aws_models import judged
from tests.support.poll_fakes import ACCOUNT, MESSAGES_URI, Faults, ListingClient, Place, Row
from twilio_connector.bus.event import Event
from twilio_connector.bus.statuses import STATUS_UPDATED
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.statuses import WEBHOOK, status_id, status_rank

ALL_TIMES = 10**11
# What follows what, and from which status on a message has a date.
COURSES = (
    ("accepted", "queued", "sending", "sent", "delivered", "read"),
    ("queued", "sent", "undelivered"),
    ("queued", "failed"),
    ("scheduled", "canceled"),
    ("scheduled", "queued", "sent", "delivered"),
)
DATED = {"sent", "delivered", "undelivered", "read"}
REFUSED_RECIPIENT = "+15557654321"


@dataclass
class LivingRow(Row):
    """A message that goes through the statuses of its *course*. One to a recipient who has opted out fails so."""

    course: Sequence[str] = ("received",)
    step: int = 0
    to: str = "+15551234567"

    @property
    def status(self) -> str:
        """What it has come to."""
        return self.course[self.step]

    @property
    def is_outbound(self) -> bool:
        """Whether it was sent, not received."""
        return self.course[0] != "received"

    @property
    def error(self) -> int | None:
        """Twilio's code of what went wrong."""
        if self.status not in ("failed", "undelivered"):
            return None
        return 21610 if self.to == REFUSED_RECIPIENT else 30005

    def callback(self) -> dict[str, str]:
        """The parameters of the callback of its status."""
        said = {"MessageSid": self.sid, "MessageStatus": self.status, "AccountSid": ACCOUNT, "To": self.to}
        return said | ({"ErrorCode": str(self.error)} if self.error else {})


@dataclass
class StatusClient(ListingClient):
    """The list of messages that live, of all times where no date is asked for. *pages* counts what was read."""

    pages: int = 0

    def list_uri(self, filters: Parameters, page_size: int | None = None) -> str:
        """As TwilioClient."""
        if not filters:
            return f"{MESSAGES_URI}low=0&high={ALL_TIMES}&size={page_size or self.page_size}"
        return super().list_uri(filters, page_size)

    def resource(self, row: Row) -> dict[str, Any]:
        """The message as Twilio shows it."""
        assert isinstance(row, LivingRow)
        direction = "outbound-api" if row.is_outbound else "inbound"
        error = {"error_code": row.error, "error_message": "Refused" if row.error else None}
        shown = {"status": row.status, "direction": direction, "from": "+15550000001", "to": row.to}
        return super().resource(row) | shown | error | {"account_sid": ACCOUNT, "api_version": "2010-04-01"}

    def _rows(self, low: int, high: int, after: str | None) -> list[tuple[Place, Row]]:
        self.pages += 1
        if high != ALL_TIMES:
            return super()._rows(low, high, after)
        listing, self.listing = self.listing, replace(self.listing, undated_match=True, by_day=False)
        try:
            return super()._rows(low, high, after)
        finally:
            self.listing = listing


@dataclass
class Consumer:
    """Keeps for every message the status that follows from the documented rule, and all reported statuses."""

    statuses: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    reconciled: Counter[str] = field(default_factory=Counter)
    opted_out: Counter[str] = field(default_factory=Counter)
    contents: dict[str, dict[str, str]] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)

    def take(self, detail_type: str, detail: dict[str, Any]) -> None:
        """An event, whenever it arrives."""
        if detail_type != STATUS_UPDATED:
            self.opted_out[detail["id"]] += 1
            return
        id_, data, rank = detail["id"], detail["body"]["data"], detail["statusRank"]
        self.told[id_] += 1
        if detail["origin"] != WEBHOOK:
            self.reconciled[id_] += 1
        said = self.contents.setdefault(id_, data)
        if any(said[name] != data[name] for name in said.keys() & data.keys()) or "ErrorCode" in said.keys() ^ data:
            self.contradictions.append(id_)
        known = self.statuses.get(data["MessageSid"])
        if rank is not None and (known is None or (rank, detail["receivedAt"]) > known[:2]):
            self.statuses[data["MessageSid"]] = rank, detail["receivedAt"], data["MessageStatus"]


def callback_detail(row: LivingRow, received_at: str) -> dict[str, Any]:
    """What the webhook makes of the callback of a row's status."""
    return {
        "id": status_id(row.sid, row.status),
        "statusRank": status_rank(row.status),
        "origin": WEBHOOK,
        "receivedAt": received_at,
        "body": {"data": row.callback()},
    }


@judged("events")
@dataclass
class ConsumedBus:
    """PutEvents, to a *consumer*. *taken* holds, for each coming call, how many entries it takes."""

    consumer: Consumer
    faults: Faults
    taken: list[int] = field(default_factory=list)

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        self.faults.reach("put_events")
        takes = self.taken.pop(0) if self.taken else len(Entries)
        for entry in Entries[:takes]:
            detail = json.loads(entry["Detail"])
            validate_detail(entry["DetailType"], detail)
            self.consumer.take(entry["DetailType"], detail)
        self.faults.reach("events_put")
        refused = [{"ErrorCode": "InternalFailure"} for _ in Entries[takes:]]
        return {"Entries": [*({"EventId": "1"} for _ in Entries[:takes]), *refused]}


class WaitingEvents:
    """The undelivered queue; what waits in it arrives when it is redelivered."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, events: Sequence[Event], deadline: object = None) -> None:
        """As UndeliveredQueue."""
        self.events += events
