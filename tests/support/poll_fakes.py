"""Twilio, the bus and DynamoDB for the model of polling: any call can fail, or kill the poll, before or after it."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.aws_models import judged
from tests.support.fakes import FakeClock
from twilio_connector.connections.connection import Connection
from twilio_connector.errors import TwilioRejectedError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio.api import Parameters
from twilio_connector.twilio.client import Page

PAGE_SIZE = 5
ACCOUNT = "AC" + "0" * 32
MESSAGES_URI = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?"
DAY = 24 * 3600


class Killed(BaseException):
    """The process is gone: nothing of ours may catch this."""


@dataclass
class Row:
    """A message as Twilio has it. *listed_at* is when it began to be listed, *moves* counts the changes of all rows.

    A message that is changed gets a place of its own among them, the latest of all.
    """

    sid: str
    created: int
    sent: int | None
    listed_at: float
    updated: int
    moves: int = 0


@cache
def _digest(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()


# A place in a list: rows come in the order of these.
Place = tuple[int, str]

# What lists may be ordered by, newest first; undated rows come first. Twilio documents the first of them.
ORDERS: Mapping[str, Callable[[Row], Place]] = {
    "sent": lambda row: (-1 - row.sent if row.sent is not None else -(10**11), row.sid),
    "created": lambda row: (-row.created, row.sid),
    "sid": lambda row: (0, row.sid),
    "mixed": lambda row: (0, _digest(row.sid)),
    "updated": lambda row: (-row.updated, f"{10**9 - row.moves:010}{row.sid}"),
}


@dataclass
class Faults:
    """What happens at the *n*-th call of a kind: ``{("page", 2): action}``. Once killed, every call fails."""

    planned: dict[tuple[str, int], Callable[[], None]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    dead: bool = False

    def reach(self, kind: str) -> None:
        """Let what is planned for this step happen."""
        if self.dead:
            raise Killed
        self.counts[kind] += 1
        if action := self.planned.get((kind, self.counts[kind])):
            action()

    def met(self, kind: str) -> bool:
        """Whether a call of the *kind* was one for which something is planned."""
        return any(planned == kind and number <= self.counts[kind] for planned, number in self.planned)

    def kill(self) -> None:
        """End the process: all that it tries from now on dies, too."""
        self.dead = True
        raise Killed


@dataclass
class Listing:
    """How Twilio lists: in which *order*, whether undated rows match a filter, what else it does of what it may."""

    order: str = "sent"
    undated_match: bool = True
    # It compares no more than the day, which is all that is documented.
    by_day: bool = False
    refuses_tokens: bool = False


@dataclass
class ListingClient:
    """The list of messages. *listing* says how it is made, *faults* what happens meanwhile."""

    rows: list[Row]
    clock: FakeClock
    faults: Faults
    listing: Listing
    page_size: int = PAGE_SIZE
    connection = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def list_uri(self, filters: Parameters, page_size: int | None = None) -> str:
        """As TwilioClient."""
        bounds = dict(filters)
        low, high = _second(bounds["DateSent>"]), _second(bounds["DateSent<"])
        return f"{MESSAGES_URI}low={low}&high={high}&size={page_size or self.page_size}"

    def page(self, uri: str) -> Page:
        """As TwilioClient."""
        self.faults.reach("page")
        query = dict(parse_qsl(urlsplit(uri).query))
        low, high, size, after = int(query["low"]), int(query["high"]), int(query["size"]), query.get("after")
        if after:
            self.faults.reach("token")
            if self.listing.refuses_tokens:
                raise TwilioRejectedError("Twilio answered 400.", status=400, code=21481)
        following = self._rows(low, high, after)
        token = "{}:{}".format(*following[size - 1][0]) if len(following) > size else None
        next_uri = f"{MESSAGES_URI}low={low}&high={high}&size={size}&after={token}" if token else None
        page = Page([self.resource(row) for _, row in following[:size]], next_uri)
        self.faults.reach("paged")
        return page

    def resource(self, row: Row) -> dict[str, Any]:
        """The message as Twilio shows it."""
        dates = {"date_created": _date(row.created), "date_sent": _date(row.sent), "date_updated": _date(row.updated)}
        return {"sid": row.sid, **dates, "body": "é" * 10}

    def _rows(self, low: int, high: int, after: str | None) -> list[tuple[Place, Row]]:
        """The rows between two seconds that come after a place, each with its own."""
        if self.listing.by_day:
            low, high = low - low % DAY, high - high % DAY + DAY - 1
        place_of, now = ORDERS[self.listing.order], self.clock.now
        number, _, rest = (after or "").partition(":")
        begin = (int(number), rest) if after else (-(10**12), "")
        placed = [
            (place, row)
            for row in self.rows
            if row.listed_at <= now
            and (self.listing.undated_match if row.sent is None else low <= row.sent <= high)
            and (place := place_of(row)) > begin
        ]
        return sorted(placed, key=lambda each: each[0])


@judged("events")
@dataclass
class KillableBus:
    """PutEvents. *taken* holds, for each coming call, how many entries it takes before it refuses the rest."""

    published: Counter[str]
    faults: Faults
    taken: list[int] = field(default_factory=list)
    # When the last call may begin.
    deadline: Deadline | None = None

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        assert not self.deadline or self.deadline.remaining(), "begun after the deadline"
        self.faults.reach("put_events")
        results: list[dict[str, str]] = []
        takes = self.taken.pop(0) if self.taken else len(Entries)
        for entry in Entries[:takes]:
            self.published.update(row["sid"] for row in json.loads(entry["Detail"])["body"]["data"]["created"])
            results.append({"EventId": "1"})
        results += [{"ErrorCode": "InternalFailure"} for _ in Entries[takes:]]
        self.faults.reach("events_put")
        return {"Entries": results}


class FaultyDynamoDB:
    """A client of DynamoDB, every call of which can fail before or after it took effect."""

    def __init__(self, client: Any, faults: Faults) -> None:
        self._client = client
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            self._faults.reach("dynamodb")
            self._faults.reach("throttled")
            answer = operation(**arguments)
            self._faults.reach("dynamodb_done")
            return answer

        return call


@cache
def _second(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp())


@cache
def _date(second: int | None) -> str | None:
    return format_datetime(datetime.fromtimestamp(second, UTC)) if second is not None else None
