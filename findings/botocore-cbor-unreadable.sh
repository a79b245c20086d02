#!/usr/bin/env bash
# botocore 1.44.8: a service that speaks smithy-rpc-v2-cbor is answered by somebody else, as a proxy's page or an empty body.
#
# botocore knows EventBridgeV2, whose only protocol that is, since 1.43.102. The same answers are given to EventBridge, which
# speaks JSON. What a client raises for them is looked at: botocore's documentation tells to catch ClientError and, for what
# is no answer of a service, BotoCoreError (https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html).
# A server on 127.0.0.1 gives these answers.
#
# Seen on 2026-11-29, Python 3.11.7:
#   403, a page: JSON ClientError, CBOR ResponseParserError
#   403, empty: JSON ClientError, CBOR AttributeError
#   200, empty: JSON an answer, CBOR AttributeError
# Neither ResponseParserError nor AttributeError is a ClientError or a BotoCoreError: handlers of these two do not see it, so
# that a proxy's page ends a process that expects AWS to fail.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check botocore==1.44.8

cat >"$folder/try.py" <<'PYTHON'
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

ANSWERS = {
    "403, a page": (403, "text/html", b"<html><body>Please log in to this network</body></html>"),
    "403, empty": (403, "text/plain", b""),
    "200, empty": (200, "text/plain", b""),
}
EXPECTED = {
    "403, a page": ("ClientError", "ResponseParserError"),
    "403, empty": ("ClientError", "AttributeError"),
    "200, empty": ("an answer", "AttributeError"),
}
answer = None


class Somebody(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Somebody)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = Session()
session.set_credentials("testing", "testing")


def client(service):
    return session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


entry = {"Source": "a", "DetailType": "b", "Detail": "{}"}
arn = "arn:aws:events:us-east-1:123456789012:event-busv2/bus/abcdefghijklmnopqrstuvwxy"
calls = [
    (client("events").put_events, {"Entries": [entry]}),
    (client("eventbridgev2").put_events, {"Entries": [entry], "EventBusArn": arn}),
]
seen = {}
for name, answer in ANSWERS.items():
    raised = []
    for call, arguments in calls:
        try:
            call(**arguments)
            raised.append("an answer")
        except Exception as error:
            raised.append(type(error).__name__)
            caught = isinstance(error, (ClientError, BotoCoreError))
            assert caught == (raised[-1] == "ClientError"), error
    seen[name] = tuple(raised)
    print(f"{name}: JSON {raised[0]}, CBOR {raised[1]}")
server.shutdown()
sys.exit(seen != EXPECTED)
PYTHON

if "$folder/venv/bin/python" "$folder/try.py"; then
  echo "As described."
else
  echo "This has changed." >&2
  exit 1
fi
