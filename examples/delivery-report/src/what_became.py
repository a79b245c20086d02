"""Answers what became of a text: by its SID, or by the idempotency key that its input had in the send queue."""

import os
from typing import Any

import boto3

from delivery_report import key_of

dynamodb = boto3.client("dynamodb")
# From this rank on, the only change left is that the text is read.
FINAL_RANK = 3


class InvalidQuestionError(ValueError):
    """The question names neither a message nor a key."""


def handler(given: dict[str, Any], context: Any) -> dict[str, Any]:
    """``{"messageSid"}`` or ``{"idempotencyKey", "connection"? = default}`` -> ``{"known", "final"?, "status"?, …}``.

    Raises InvalidQuestionError.
    """
    match given:
        case {"messageSid": str(sid), **others} if sid and not others:
            return of_message(sid)
        case {"idempotencyKey": str(key), **others} if key and others.keys() <= {"connection"}:
            found = item(key_of(str(others.get("connection", "default")), key))
            if "messageSid" in found:
                return of_message(found["messageSid"])
            return not_sent(found) if found else {"known": False}
    raise InvalidQuestionError("Ask for a messageSid, or for an idempotencyKey, with its connection if it has another.")


def of_message(sid: str) -> dict[str, Any]:
    """What is known of a message, without its numbers."""
    found = item(sid)
    if "statusRank" not in found:
        return {"known": False, "messageSid": sid}
    told = {"status": found["messageStatus"], "errorCode": found.get("errorCode"), "since": found["receivedAt"]}
    return {"known": True, "final": int(found["statusRank"]) >= FINAL_RANK, "messageSid": sid, **told}


def not_sent(found: dict[str, str]) -> dict[str, Any]:
    """What is known of a key under which nothing could be sent."""
    told = {"errorType": found["errorType"], "errorCode": found.get("errorCode"), "since": found["receivedAt"]}
    return {"known": True, "final": True, "messageSid": None, "status": "not sent", **told}


def item(sid: str) -> dict[str, str]:
    """The table's item of a message or a key; empty if there is none."""
    found = dynamodb.get_item(TableName=os.environ["TABLE"], Key={"sid": {"S": sid}}, ConsistentRead=True).get(
        "Item", {}
    )
    return {name: value.get("S", value.get("N", "")) for name, value in found.items()}
