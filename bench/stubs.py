"""Twilio and AWS for the bench: a process of its own that answers at once, or after a set latency.

Answers are prepared, so that the servers' time does not hide the functions'. Nothing is verified and no limit enforced;
what AWS would charge for is counted, and told at USAGE_PATH.
`python -m bench.stubs MESSAGES PAGE_LATENCY PUT_EVENTS_LATENCY` prints its URL; latencies are seconds.
"""

import json
import math
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from bench.dynamodb import Table
from bench.messages import ACCOUNT_SID, message, pages

AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
USAGE_PATH = "/usage"


class Stubs(ThreadingHTTPServer):
    """All of them behind one port."""

    daemon_threads = True

    def __init__(self, count: int, page_latency: float, put_events_latency: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages(count)
        self.page_latency = page_latency
        self.put_events_latency = put_events_latency
        self.table = Table()
        self.events = 0
        secret = json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN})
        self.secret = {"ARN": "arn", "Name": "name", "VersionId": "1", "SecretString": secret, "CreatedDate": 1.7e9}

    def aws(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to an operation of AWS."""
        match operation:
            case "GetSecretValue":
                return self.secret
            case "PutEvents":
                time.sleep(self.put_events_latency)
                self.events += sum(_event_units(entry) for entry in request["Entries"])
                return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}
        return self.table.answer(operation, request)


def _event_units(entry: dict[str, str]) -> int:
    """As how many events one counts: 64 KB each."""
    return math.ceil(sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail")) / 2**16)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def _stubs(self) -> Stubs:
        return cast("Stubs", self.server)

    def do_GET(self) -> None:
        if self.path == USAGE_PATH:
            usage = [self._stubs.events, self._stubs.table.writes, self._stubs.table.reads]
            return self._answer(json.dumps(usage).encode())
        query = parse_qs(urlsplit(self.path).query)
        time.sleep(self._stubs.page_latency)
        return self._answer(self._stubs.pages[int(query.get("Page", ["0"])[0])])

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
