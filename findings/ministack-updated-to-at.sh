#!/usr/bin/env bash
# MiniStack 1.5.33: a schedule that UpdateSchedule changes from rate(...) to at(...) never fires.
#
# EventBridge Scheduler takes any expression in an update (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html).
# Two schedules are to fire in three seconds, at a queue: one is created so, the other is created with rate(1 hour), waits
# until it has been looked at, and is then updated.
#
# Seen on 2026-11-28, Python 3.11.7:
#   created with at(...): fired
#   updated to at(...): not fired 30 seconds later
# Tests that shorten the wait for a schedule by an update wait for ever; a second schedule with the same target does what they want.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ministack==1.5.33 boto3==1.43.102

cat >"$folder/try.py" <<'PYTHON'
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import boto3
from botocore.exceptions import BotoCoreError, ClientError

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen(
    [os.path.join(os.path.dirname(sys.executable), "ministack")],
    env={**os.environ, "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1"},
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)


def client(service):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def soon():
    return f"at({datetime.now(UTC) + timedelta(seconds=3):%Y-%m-%dT%H:%M:%S})"


try:
    sqs, scheduler = client("sqs"), client("scheduler")
    for _ in range(120):
        try:
            queue = sqs.create_queue(QueueName="target")["QueueUrl"]
            break
        except (BotoCoreError, ClientError):
            time.sleep(0.5)
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def schedule(name, expression):
        target = {"Arn": arn, "RoleArn": "arn:aws:iam::000000000000:role/scheduler", "Input": name}
        return {
            "Name": name,
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": target,
        }

    scheduler.create_schedule(**schedule("updated", "rate(1 hour)"))
    # MiniStack looks at its schedules every ten seconds.
    time.sleep(15)
    scheduler.update_schedule(**schedule("updated", soon()))
    scheduler.create_schedule(**schedule("created", soon()))
    fired, until = set(), time.monotonic() + 30
    while time.monotonic() < until:
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", []):
            fired.add(message["Body"])
finally:
    server.terminate()
    server.wait()
for name in ("created", "updated"):
    print(f"{name}: {'fired' if name in fired else 'not fired'}")
sys.exit(fired != {"created"})
PYTHON

if "$folder/venv/bin/python" "$folder/try.py"; then
  echo "As described."
else
  echo "This has changed." >&2
  exit 1
fi
