#!/usr/bin/env bash
# botocore 1.43.102, retry mode "standard", three attempts: DynamoDB throttles once for all.
#
# The same throttling arrives as ThrottlingException of a PutItem, and as TransactionCanceledException of a
# TransactWriteItems whose only reason is ThrottlingError (API reference of TransactWriteItems, "Cancellation reason codes").
# A server on 127.0.0.1 gives these answers and counts the requests.
#
# Seen on 2026-11-28, Python 3.11.7:
#   PutItem, ThrottlingException: 3 requests
#   TransactWriteItems, TransactionCanceledException [ThrottlingError]: 1 request
# Who relies on the SDK's repeats loses a transaction to the first throttle.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check botocore==1.43.102

cat >"$folder/try.py" <<'PYTHON'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

PREFIX = "com.amazonaws.dynamodb.v20120810#"
ANSWERS = {
    "PutItem": {"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"},
    "TransactWriteItems": {
        "__type": f"{PREFIX}TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [ThrottlingError]",
        "CancellationReasons": [{"Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity."}],
    },
}
requests = []


class DynamoDB(BaseHTTPRequestHandler):
    def do_POST(self):
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.rfile.read(int(self.headers["Content-Length"]))
        requests.append(operation)
        body = json.dumps(ANSWERS[operation]).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), DynamoDB)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = Session()
session.set_credentials("testing", "testing")
dynamodb = session.create_client(
    "dynamodb",
    region_name="us-east-1",
    endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
    config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
)
item = {"TableName": "table", "Item": {"id": {"S": "a"}}}
reasons = []
for call in (lambda: dynamodb.put_item(**item), lambda: dynamodb.transact_write_items(TransactItems=[{"Put": item}])):
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        reasons.append(code + str([one["Code"] for one in error.response.get("CancellationReasons", [])]))
server.shutdown()
counts = {operation: requests.count(operation) for operation in ANSWERS}
for (operation, count), reason in zip(counts.items(), reasons):
    print(f"{operation}, {reason}: {count} request{'s' * (count > 1)}")
sys.exit(counts != {"PutItem": 3, "TransactWriteItems": 1})
PYTHON

if "$folder/venv/bin/python" "$folder/try.py"; then
  echo "As described."
else
  echo "This has changed." >&2
  exit 1
fi
