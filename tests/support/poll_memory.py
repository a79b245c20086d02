"""The peak memory of a poll of COUNT messages, in KiB: ``python -m tests.support.poll_memory COUNT``.

Twilio and the bus are made up on the fly, so that what is measured is the poll's own.
"""

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
from moto import mock_aws

from tests.support.world import REGION, TABLE, create_table
from twilio_connector.bus.outbox import Outbox
from twilio_connector.bus.publisher import Publisher
from twilio_connector.bus.undelivered import UndeliveredQueue
from twilio_connector.connections.connection import Connection
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.polling.poller import Poller
from twilio_connector.settings import PollSettings
from twilio_connector.state.table import StateTable
from twilio_connector.twilio.api import MAX_PAGE_SIZE
from twilio_connector.twilio.client import Page

ACCOUNT = "AC" + "0" * 32
URI = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?after="


class EndlessClient:
    """A list of *count* messages, ten a second, that nobody keeps."""

    connection = Connection("default", ACCOUNT, ACCOUNT, "secret", None, "http://127.0.0.1:1")

    def __init__(self, count: int) -> None:
        self._count = count
        self._newest = datetime.now(UTC) - timedelta(minutes=10)

    def list_uri(self, _filters: Sequence[tuple[str, str]]) -> str:
        """As TwilioClient."""
        return f"{URI}0"

    def page(self, uri: str) -> Page:
        """As TwilioClient."""
        first = int(dict(parse_qsl(urlsplit(uri).query))["after"])
        last = min(first + MAX_PAGE_SIZE, self._count)
        following = f"{URI}{last}" if last < self._count else None
        return Page([self._resource(number) for number in range(first, last)], following)

    def _resource(self, number: int) -> dict[str, Any]:
        date = format_datetime(self._newest - timedelta(seconds=number // 10))
        return {"sid": f"SM{number:032x}", "date_sent": date, "date_created": date, "body": "b" * 500}


class ForgetfulBus:
    """Takes everything and keeps nothing."""

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As the client of boto3."""
        return {"Entries": [{"EventId": "1"} for _ in Entries]}


def main(count: int) -> None:
    """Poll *count* messages and print the peak of the process's resident memory."""
    client: Any = EndlessClient(count)
    bus: Any = ForgetfulBus()
    nowhere: Any = None
    with mock_aws():
        create_table()
        poller = Poller(
            lambda _: client,
            StateTable(boto3.client("dynamodb", region_name=REGION), TABLE, Deadline.after(600)),
            Outbox(Publisher(bus, "bus"), UndeliveredQueue(nowhere, "")),
            PollSettings(TABLE, 300, count, 100),
            Deadline.after(600),
            600.0,
            time.time,
        )
        result = poller.poll({"since": (datetime.now(UTC) - timedelta(days=30)).isoformat()})
    assert result["published"] == count, result
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


if __name__ == "__main__":
    main(int(sys.argv[1]))
