"""Twilio and AWS for the bench: a process of its own that answers at once, or after set latencies.

As in life each service has a place of its own, which takes a connection of its own over TLS. Answers are prepared, so
that the servers' time does not hide the functions'. Nothing is verified and no limit enforced; what AWS would charge
for is counted. A control port without TLS reports that, and closes connections.
`python -m bench.stubs CERTIFICATE MESSAGES TWILIO DYNAMODB PUT_EVENTS` prints its ports; the last three are latencies,
in seconds.
"""

import json
import math
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from bench.dynamodb import Table
from bench.messages import ACCOUNT_SID, message, pages

HOST = "127.0.0.1"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
AWS_SERVICES = ("SECRETS_MANAGER", "EVENTBRIDGE", "EVENTBRIDGEV2", "DYNAMODB", "SQS")
# Of a Custom Event Bus, in CBOR: one entry, published.
CUSTOM_BUS_PATH, PUBLISHED = "/service/AWSEventsV2/", b"\xa1gEntries\x81\xa2gEventIda1kSuccessCodeiPUBLISHED"
USAGE_PATH, CLOSE_PATH = "/usage", "/close"


class Latencies(NamedTuple):
    """Seconds until an answer of Twilio, of DynamoDB, and to a PutEvents."""

    twilio: float = 0.0
    dynamodb: float = 0.0
    put_events: float = 0.0


NO_LATENCIES = Latencies()


class Stubs:
    """What all of the services share."""

    def __init__(self, count: int, latencies: Latencies) -> None:
        self.pages = pages(count)
        self.message = message(0)
        self.latencies = latencies
        self.table = Table()
        self.events = 0
        self.handshakes = 0
        self.open: set[ssl.SSLSocket] = set()
        secret = json.dumps({"accountSid": ACCOUNT_SID, "authToken": AUTH_TOKEN})
        self.secret = {"ARN": "arn", "Name": "name", "VersionId": "1", "SecretString": secret, "CreatedDate": 1.7e9}

    def aws(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to an operation of AWS."""
        match operation:
            case "GetSecretValue":
                return self.secret
            case "PutEvents":
                time.sleep(self.latencies.put_events)
                self.events += sum(_event_units(entry) for entry in request["Entries"])
                return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}
        time.sleep(self.latencies.dynamodb)
        return self.table.answer(operation, request)

    def custom_bus(self) -> bytes:
        """The answer of a Custom Event Bus that has published one event."""
        time.sleep(self.latencies.put_events)
        self.events += 1
        return PUBLISHED

    def twilio(self, method: str, target: str) -> tuple[int, bytes]:
        """Status and body of Twilio's answer."""
        time.sleep(self.latencies.twilio)
        address = urlsplit(target)
        if not address.path.endswith("/Messages.json"):
            return 200, json.dumps(self.message).encode()
        if method == "POST":
            return 201, json.dumps({**self.message, "status": "queued"}).encode()
        return 200, self.pages[int(parse_qs(address.query).get("Page", ["0"])[0])]

    def close_connections(self) -> None:
        """Close all that there are, as servers do with those that have been idle for a while."""
        for connection in list(self.open):
            # Not the method of its class, which would do away with what the thread that reads from it reads by.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _event_units(entry: dict[str, str]) -> int:
    """As how many events one counts: 64 KB each."""
    return math.ceil(sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail")) / 2**16)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type["_Handler"], stubs: Stubs, context: ssl.SSLContext) -> None:
        super().__init__((HOST, 0), handler)
        self.stubs = stubs
        self.context = context

    def handle_error(self, request: object, client_address: object) -> None:
        """Report a stub's own error. Functions end without taking leave, which is none."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    @property
    def stubs(self) -> Stubs:
        """What all share."""
        return cast("_Server", self.server).stubs

    def answer(self, body: bytes, status: int = 200, content_type: str = "application/json") -> None:
        """Send it."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Service(_Handler):
    def setup(self) -> None:
        """Shake hands: here, where others need not wait for it."""
        self.request = cast("_Server", self.server).context.wrap_socket(self.request, server_side=True)
        self.stubs.handshakes += 1
        self.stubs.open.add(self.request)
        super().setup()

    def finish(self) -> None:
        """Take leave."""
        self.stubs.open.discard(self.request)
        super().finish()
        self.request.close()

    def do_GET(self) -> None:
        """Twilio's."""
        self._exchange()

    def do_POST(self) -> None:
        """An operation of AWS, or Twilio's."""
        self._exchange()

    def _exchange(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target")
        if self.path.startswith(CUSTOM_BUS_PATH):
            self.answer(self.stubs.custom_bus(), content_type="application/cbor")
        elif target is None:
            status, found = self.stubs.twilio(self.command, self.path)
            self.answer(found, status)
        else:
            self.answer(json.dumps(self.stubs.aws(target.rpartition(".")[2], json.loads(body))).encode())


class _Control(_Handler):
    def do_GET(self) -> None:
        """Tell what was used, after closing what is open where that is asked for."""
        if self.path == CLOSE_PATH:
            self.stubs.close_connections()
        table = self.stubs.table
        self.answer(json.dumps([self.stubs.events, table.writes, table.reads, self.stubs.handshakes]).encode())


def main(certificate: str, count: str, *latencies: str) -> None:
    """Serve until standard input ends."""
    stubs = Stubs(int(count), Latencies(*map(float, latencies)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handlers = {**dict.fromkeys(("TWILIO", *AWS_SERVICES), _Service), "CONTROL": _Control}
    servers = {name: _Server(handler, stubs, context) for name, handler in handlers.items()}
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({name: server.server_address[1] for name, server in servers.items()}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
