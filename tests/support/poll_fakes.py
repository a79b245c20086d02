"""Twilio, the bus and DynamoDB for the model of polling: any call can fail, or kill the poll, before or after it."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.fakes import FakeClock
from twilio_connector.connections.connection import Connection
from twilio_connector.twilio.client import Page

PAGE_SIZE = 5
ACCOUNT = "AC" + "0" * 32
MESSAGES_URI = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?"


class Killed(BaseException):
    """The process is gone: nothing of ours may catch this."""


@dataclass
class Row:
    """A message as Twilio has it. *listed_at* is when it began to be listed."""

    sid: str
    created: int
    sent: int | None
    listed_at: float


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
class ListingClient:
    """The list of messages, newest first; rows of one second in an order of their own at every request."""

    rows: list[Row]
    clock: FakeClock
    faults: Faults
    undated_match: bool
    connection = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def lists(self, uri: object) -> bool:
        """As TwilioClient."""
        return isinstance(uri, str) and uri.startswith(MESSAGES_URI)

    def list_uri(self, filters: Sequence[tuple[str, str]]) -> str:
        """As TwilioClient."""
        bounds = dict(filters)
        return f"{MESSAGES_URI}low={_second(bounds['DateSent>'])}&high={_second(bounds['DateSent<'])}"

    def page(self, uri: str) -> Page:
        """As TwilioClient."""
        self.faults.reach("page")
        query = dict(parse_qsl(urlsplit(uri).query))
        low, high, after = int(query["low"]), int(query["high"]), query.get("after", "")
        if after:
            self.faults.reach("token")
        listed = [row for row in self.rows if row.listed_at <= self.clock.now]
        chosen = [row for row in listed if (self.undated_match if row.sent is None else low <= row.sent <= high)]
        ordered = [row for row in sorted(chosen, key=_rank) if _rank(row) > after]
        rest = ordered[PAGE_SIZE:]
        following = f"{MESSAGES_URI}low={low}&high={high}&after={_rank(ordered[PAGE_SIZE - 1])}" if rest else None
        self.faults.reach("paged")
        return Page([_resource(row) for row in ordered[:PAGE_SIZE]], following)


@dataclass
class KillableBus:
    """PutEvents. *taken* holds, for each coming call, how many entries it takes before it refuses the rest."""

    published: Counter[str]
    faults: Faults
    taken: list[int] = field(default_factory=list)

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
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
    """moto's client, every call of which can fail before or after it took effect."""

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


def _rank(row: Row) -> str:
    """Newest first; undated rows before all others."""
    return f"{10**11 - (row.sent if row.sent is not None else 10**11 - 1):012}{row.sid}"


def _second(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp())


def _resource(row: Row) -> dict[str, Any]:
    def date(second: int | None) -> str | None:
        return format_datetime(datetime.fromtimestamp(second, UTC)) if second is not None else None

    return {"sid": row.sid, "date_created": date(row.created), "date_sent": date(row.sent), "body": "é" * 10}
