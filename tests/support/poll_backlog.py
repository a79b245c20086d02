"""Polls of a backlog in a process of its own: ``python -m tests.support.poll_backlog COUNT ORDER LIMIT``.

COUNT messages are listed in ORDER, and each poll publishes LIMIT of them at most. Prints as JSON how many polls that
took, how many pages they read, how many messages were published, and twice, the peak of resident memory in KiB, and
seconds of processor time. Twilio and the bus are made up on the fly, so that what is measured is the poll's own.
"""

import hashlib
import json
import re
import resource
import sys
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from moto import mock_aws

from tests.support.aws_models import judged
from tests.support.moto_clients import moto_client
from tests.support.world import TABLE, create_table
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.polling.poller import Poller
from twilio_connector.settings import PollSettings
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.client import Page

ACCOUNT = "AC" + "0" * 32
URI = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?"
PAGE_SIZE = 1_000
A_SECOND = 10
SID = re.compile('"sid":"SM([0-9a-f]{32})"')


def sent(number: int) -> int:
    """How many seconds before the newest the message *number* was sent."""
    return number // A_SECOND


def created(number: int) -> int:
    """How many seconds before the newest was sent it was created: one in five waited for half an hour."""
    return sent(number) + (1800 if number % 5 == 0 else 1)


def updated(number: int) -> int:
    """How many seconds before the newest was sent it was updated last."""
    return sent(number) - number % 7


ORDERS: Mapping[str, Callable[[int], Any]] = {
    "sent": sent,
    "created": created,
    "updated": updated,
    "sid": lambda number: number % 9973,
    "mixed": lambda number: hashlib.sha256(str(number).encode()).digest(),
}


class Backlog:
    """A client of Twilio that lists *count* messages in an *order*, and keeps no more than their numbers."""

    connection = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def __init__(self, count: int, order: str) -> None:
        self.pages = 0
        self._numbers = array("l", sorted(range(count), key=ORDERS[order]))
        self._newest = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
        self._chosen: tuple[str, array[int]] = ("", self._numbers)

    def list_uri(self, filters: Sequence[tuple[str, str]], page_size: int = PAGE_SIZE) -> str:
        """As TwilioClient."""
        bounds = dict(filters)
        return f"{URI}low={bounds['DateSent>']}&high={bounds['DateSent<']}&size={page_size}&after=0"

    def page(self, uri: str) -> Page:
        """As TwilioClient."""
        self.pages += 1
        listed, _, after = uri.rpartition("&after=")
        query = dict(parse_qsl(urlsplit(uri).query))
        first, numbers = int(after), self._between(query["low"], query["high"])
        last = first + int(query["size"])
        following = f"{listed}&after={last}" if last < len(numbers) else None
        return Page([self._resource(number) for number in numbers[first:last]], following)

    def _between(self, low: str, high: str) -> "array[int]":
        """The numbers of the messages between two dates."""
        if self._chosen[0] != low + high:
            oldest, newest = ((self._newest - datetime.fromisoformat(date)).total_seconds() for date in (low, high))
            chosen = array("l", (number for number in self._numbers if newest <= sent(number) <= oldest))
            self._chosen = low + high, chosen
        return self._chosen[1]

    def _resource(self, number: int) -> dict[str, Any]:
        def date(seconds: int) -> str:
            return format_datetime(self._newest - timedelta(seconds=seconds))

        dates = {"date_sent": date(sent(number)), "date_created": date(created(number))}
        return {"sid": f"SM{number:032x}", **dates, "date_updated": date(updated(number)), "body": "b" * 500}


@judged("events")
class CountingBus:
    """Takes everything, and keeps of it how often each of *count* messages came."""

    def __init__(self, count: int) -> None:
        self.times = bytearray(count)
        self.seconds = 0.0

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        began = time.process_time()
        for entry in Entries:
            for number in SID.findall(entry["Detail"]):
                self.times[int(number, 16)] += 1
        self.seconds += time.process_time() - began
        return {"Entries": [{"EventId": "1"} for _ in Entries]}


def main(count: int, order: str, limit: int) -> None:
    """Poll *count* messages and print what it took."""
    backlog: Any = Backlog(count, order)
    bus: Any = CountingBus(count)
    nowhere: Any = None
    since = {"since": (datetime.now(UTC) - timedelta(days=30)).isoformat()}
    polls, truncated = 0, True
    with mock_aws():
        create_table()
        began = time.process_time()
        while truncated:
            poller = Poller(
                lambda _: backlog,
                StateTable(moto_client("dynamodb"), TABLE, Deadline.after(600)),
                Outbox(Publisher(bus, "bus"), UndeliveredQueue(nowhere, "")),
                PollSettings(TABLE, 300, limit, 100),
                Deadline.after(600),
                600.0,
                time.time,
            )
            polls, truncated = polls + 1, poller.poll(since)["truncated"]
        seconds = time.process_time() - began - bus.seconds
    took = {
        "polls": polls,
        "pages": backlog.pages,
        "published": sum(map(bool, bus.times)),
        "twice": sum(times > 1 for times in bus.times),
        "kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "seconds": seconds,
    }
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
