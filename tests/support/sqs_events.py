"""SQS events as Lambda hands them to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html."""

import json
from collections.abc import Mapping
from typing import Any


def sqs_event(*bodies: object) -> dict[str, Any]:
    """The event of the messages m0, m1, …"""
    return sqs_event_of({f"m{number}": body for number, body in enumerate(bodies)})


def sqs_event_of(bodies: Mapping[str, object]) -> dict[str, Any]:
    """The event of the messages with these IDs; a body that is not a string is written as JSON."""
    return {"Records": [_record(message_id, body) for message_id, body in bodies.items()]}


def _record(message_id: str, body: object) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": f"handle-{message_id}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1773585130000"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:send",
        "awsRegion": "us-east-1",
    }
