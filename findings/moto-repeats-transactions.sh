#!/usr/bin/env bash
# moto 5.2.5 and MiniStack 1.5.33: a TransactWriteItems that comes a second time with the same ClientRequestToken.
#
# AWS promises that for ten minutes such a repeat changes nothing (API reference of TransactWriteItems, ClientRequestToken).
# Both emulators get the same two calls, each of which adds one to a number.
#
# Seen on 2026-11-28, Python 3.11.7:
#   moto 5.2.5: 2
#   MiniStack 1.5.33: 1
# moto takes the token and does not look at it, so that a repeat after a lost answer counts twice.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'moto[dynamodb]==5.2.5' ministack==1.5.33

cat >"$folder/try.py" <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3

os.environ.update(AWS_ACCESS_KEY_ID="123456789012", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")


def twice(dynamodb):
    """What stands in the table after the same transaction came twice under one token."""
    dynamodb.create_table(
        TableName="counters",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"id": {"S": "a"}}
    add_one = {
        "TableName": "counters",
        "Key": key,
        "UpdateExpression": "ADD amount :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[{"Update": add_one}], ClientRequestToken="the-same-token")
    return dynamodb.get_item(TableName="counters", Key=key, ConsistentRead=True)["Item"]["amount"]["N"]


def in_moto():
    from moto import mock_aws

    with mock_aws():
        return twice(boto3.client("dynamodb"))


def in_ministack(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "HOME": folder}
    environment |= {"TMPDIR": folder, "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "ERROR"}
    server = subprocess.Popen([sys.executable, "-m", "ministack"], cwd=folder, env=environment)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        return twice(boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}"))
    finally:
        server.terminate()
        server.wait()


seen = {"moto 5.2.5": in_moto(), "MiniStack 1.5.33": in_ministack(str(Path(sys.argv[1])))}
for name, amount in seen.items():
    print(f"{name}: {amount}")
sys.exit(seen != {"moto 5.2.5": "2", "MiniStack 1.5.33": "1"})
PYTHON

mkdir "$folder/state"
if "$folder/venv/bin/python" "$folder/try.py" "$folder/state"; then
  echo "As described."
else
  echo "This has changed." >&2
  exit 1
fi
