"""A reconciliation of many messages in a process of its own: ``python -m …reconcile_backlog COUNT LATENCY``.

Prints how many pages, statuses and events it took, its peak memory and its seconds. Twilio and the bus keep nothing,
messages are made up on the fly: one in twenty has changed since the cursor. Each page takes LATENCY seconds; with
NAIVE as a third argument, all of them are listed and published by a loop that knows no cursor, as one would write it
with Twilio's SDK.
"""

import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3

from tests.support.aws_models import judged
from tests.support.memory_dynamodb import MemoryDynamoDB
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.reconciling.reconciler import Reconciler
from twilio_connector.settings import ReconcileSettings
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.client import Page

ACCOUNT = "AC" + "0" * 32
URI = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?"
PAGE_SIZE = 1_000
CHANGED_ONE_IN = 20


class StatusBacklog:
    """A client of Twilio that lists *count* messages of the last day, newest first; each page takes *latency*."""

    connection = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def __init__(self, count: int, latency: float) -> None:
        self.pages = 0
        self._count = count
        self._latency = latency
        self._now = datetime.now(UTC).replace(microsecond=0)

    def list_uri(self, filters: Sequence[tuple[str, str]], page_size: int = PAGE_SIZE) -> str:
        """As TwilioClient. Everything is in any look-back."""
        return f"{URI}all={int(not filters)}&size={page_size}&after=0"

    def page(self, uri: str) -> Page:
        """As TwilioClient."""
        self.pages += 1
        listed, _, after = uri.rpartition("&after=")
        first, size = int(after), int(dict(parse_qsl(urlsplit(uri).query))["size"])
        last = min(first + size, self._count)
        time.sleep(self._latency)
        following = f"{listed}&after={last}" if last < self._count else None
        return Page([self._resource(number) for number in range(first, last)], following)

    def _resource(self, number: int) -> dict[str, Any]:
        sent = _date(self._now - timedelta(hours=12, seconds=number // PAGE_SIZE))
        updated = _date(self._now - timedelta(seconds=60)) if number % CHANGED_ONE_IN == 0 else sent
        return {
            "sid": f"SM{number:032x}",
            "date_sent": sent,
            "date_created": sent,
            "date_updated": updated,
            "status": "delivered",
            "direction": "outbound-api",
            "from": "+15550000001",
            "to": "+15551234567",
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": "b" * 300,
        }


# Those of a page are the same, so that making them up takes no time.
_date = lru_cache(format_datetime)


@judged("events")
class CountingBus:
    """Takes everything, and counts it."""

    def __init__(self) -> None:
        self.entries = 0

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        self.entries += len(Entries)
        return {"Entries": [{"EventId": "1"} for _ in Entries]}


def main(count: int, latency: float, naive: bool) -> None:
    """Reconcile *count* messages and print what it took."""
    backlog: Any = StatusBacklog(count, latency)
    bus: Any = CountingBus()
    # The memory of boto3 itself does not depend on counts.
    boto3.client("dynamodb", region_name="us-east-1")
    began = time.perf_counter()
    published = _list_and_publish(backlog, bus) if naive else _reconcile(backlog, bus)
    took = {
        "pages": backlog.pages,
        "published": published,
        "events": bus.entries,
        "kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "seconds": time.perf_counter() - began,
    }
    sys.stdout.write(json.dumps(took))


def _reconcile(backlog: Any, bus: Any) -> int:
    nowhere: Any = None
    dynamodb: Any = MemoryDynamoDB()
    reconciler = Reconciler(
        lambda _: backlog,
        StateTable(dynamodb, "state", Deadline.after(600)),
        Outbox(Publisher(bus, "bus"), UndeliveredQueue(nowhere, "")),
        ReconcileSettings("state", 300),
        Deadline.after(600),
        600.0,
    )
    result = reconciler.reconcile({"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()})
    assert not result["truncated"]
    return int(result["published"])


def _list_and_publish(backlog: Any, bus: Any) -> int:
    messages: list[dict[str, Any]] = []
    uri: str | None = backlog.list_uri([("DateSent>", "")])
    while uri:
        page = backlog.page(uri)
        messages += page.messages
        uri = page.next_page_uri
    for start in range(0, len(messages), 10):
        entries = [
            {"Source": "naive", "DetailType": "Message Status Updated", "Detail": json.dumps(message)}
            for message in messages[start : start + 10]
        ]
        bus.put_events(Entries=entries)
    return len(messages)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), "NAIVE" in sys.argv[3:])
