"""Twilio and AWS for the bench: a process of its own that answers at once, or after a set latency.

Answers are prepared, so that the servers' time does not hide the functions'. Nothing is verified and no limit enforced.
`python -m tests.bench.stubs MESSAGES PAGE_LATENCY PUT_EVENTS_LATENCY` prints its URL; latencies are seconds.
"""

import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.bench.dynamodb import Table

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
PAGE_SIZE = 1_000
LIST_PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
# As far apart as in ten messages a second, and all older than what a poll still waits for.
NEWEST = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


def message(number: int) -> dict[str, Any]:
    """A message as Twilio lists it, the *number*-th newest."""
    sid = f"SM{number:032x}"
    date = format_datetime(NEWEST - timedelta(seconds=number // 10))
    uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}"
    return {
        "body": "Your appointment is confirmed for tomorrow at 2:00 PM. Reply C to change it.",
        "num_segments": "1",
        "direction": "outbound-api",
        "from": "+15558675309",
        "to": "+15551234567",
        "date_updated": date,
        "price": "-0.00750",
        "error_message": None,
        "uri": f"{uri}.json",
        "account_sid": ACCOUNT_SID,
        "num_media": "0",
        "status": "delivered",
        "messaging_service_sid": None,
        "sid": sid,
        "date_sent": date,
        "date_created": date,
        "error_code": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def pages(count: int) -> list[bytes]:
    """The pages of a list of *count* messages."""
    prepared = []
    for start in range(0, max(count, 1), PAGE_SIZE):
        following = start + PAGE_SIZE
        token = f"{LIST_PATH}?PageSize={PAGE_SIZE}&Page={following // PAGE_SIZE}&PageToken=PA{following}"
        page = {
            "messages": [message(number) for number in range(start, min(following, count))],
            "page": start // PAGE_SIZE,
            "page_size": PAGE_SIZE,
            "start": start,
            "end": min(following, count) - 1,
            "uri": LIST_PATH,
            "first_page_uri": LIST_PATH,
            "previous_page_uri": None,
            "next_page_uri": token if following < count else None,
        }
        prepared.append(json.dumps(page).encode())
    return prepared


class Stubs(ThreadingHTTPServer):
    """All of them behind one port."""

    daemon_threads = True

    def __init__(self, count: int, page_latency: float, put_events_latency: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages(count)
        self.page_latency = page_latency
        self.put_events_latency = put_events_latency
        self.table = Table()
        secret = json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN})
        self.secret = {"ARN": "arn", "Name": "name", "VersionId": "1", "SecretString": secret, "CreatedDate": 1.7e9}

    def aws(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to an operation of AWS."""
        match operation:
            case "GetSecretValue":
                return self.secret
            case "PutEvents":
                time.sleep(self.put_events_latency)
                return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}
        return self.table.answer(operation, request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def _stubs(self) -> Stubs:
        return cast("Stubs", self.server)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        time.sleep(self._stubs.page_latency)
        self._answer(self._stubs.pages[int(query.get("Page", ["0"])[0])])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target")
        if target is None:
            self._answer(json.dumps({**message(0), "status": "queued"}).encode(), 201)
        else:
            answer = self._stubs.aws(target.rpartition(".")[2], json.loads(body))
            self._answer(json.dumps(answer).encode())

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main(count: str, page_latency: str, put_events_latency: str) -> None:
    """Serve until standard input ends."""
    with Stubs(int(count), float(page_latency), float(put_events_latency)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
