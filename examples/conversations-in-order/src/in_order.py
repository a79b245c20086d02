"""Writes the events of each conversation into a table, each once, with its place in the order of the bus."""

import json
import os
from collections.abc import Iterator
from typing import Any

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Lambda handler for the records of a FIFO queue. Returns the first record that fails, and all that follow it.

    Without that, the later records would be written before it: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    records = event["Records"]
    for number, record in enumerate(records):
        try:
            write(json.loads(record["body"]), record["attributes"]["SequenceNumber"])
        except Exception as exc:
            # Only its class: its message may quote the event.
            print(json.dumps({"level": "ERROR", "message": "Not written", "error": type(exc).__name__}))
            return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in records[number:]]}
    return {"batchItemFailures": []}


def write(event: dict[str, Any], sequence: str) -> None:
    """Write what *event* reports. An event that arrives a second time keeps its place.

    SQS's sequence numbers grow within a group. They have twenty digits, so sorting them as text keeps their order.
    """
    for part, (conversation, told) in enumerate(turns(event)):
        names = {f"#{name}": name for name in told}
        values = {f":{name}": {"S": str(value)} for name, value in told.items() if value is not None}
        sets = [f"#{name} = :{name}" for name in told if f":{name}" in values]
        dynamodb.update_item(
            TableName=os.environ["TABLE"],
            Key={
                "conversation": {"S": conversation},
                "id": {"S": f"{event['detail-type']} {told['sid']} {told['status']}"},
            },
            UpdateExpression=f"SET place = if_not_exists(place, :place), {', '.join(sets)}",
            ExpressionAttributeNames={name: each for name, each in names.items() if f":{each}" in values},
            ExpressionAttributeValues={":place": {"S": f"{sequence.zfill(20)}-{part:04}"}, **values},
        )


def turns(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The conversation and the message of each turn in *event*. A message without two addresses makes no turn."""
    detail = event["detail"]
    data = detail["body"]["data"]
    if event["detail-type"] == "New and Updated Records":
        # Twilio lists the newest first.
        messages = list(reversed(data["created"]))
    elif event["detail-type"] == "Message Sent":
        messages = [data["message"]]
    else:
        names = {"sid": "MessageSid", "status": "MessageStatus", "from": "From", "to": "To"}
        messages = [{name: data.get(parameter) for name, parameter in names.items()}]
    for message in messages:
        if isinstance(message["from"], str) and isinstance(message["to"], str):
            status = message["status"] or "received"
            told = {
                "sid": message["sid"],
                "status": status,
                "from": message["from"],
                "receivedAt": detail["receivedAt"],
            }
            yield " ".join(sorted([message["from"], message["to"]])), told
