"""Keeps the highest status of each message, and the message of each idempotency key, in any order of arrival."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

import boto3
from botocore.exceptions import ClientError

from twilio_connector_events import ConnectorEvent, Message, Parameters, first, parse_event

dynamodb = boto3.client("dynamodb")

# The ranks of messages' statuses. A status update brings its own rank, which is used instead.
RANKS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "receiving"), 0),
    "sending": 1,
    **dict.fromkeys(("sent", "partially_delivered"), 2),
    **dict.fromkeys(("delivered", "undelivered", "failed", "canceled", "received"), 3),
    "read": 4,
}
# Neither condition depends on what was written first, so events may arrive in any order, and twice.
# Of two statuses with the same rank and instant, one has to win, no matter which.
HIGHER = (
    "attribute_not_exists(statusRank) OR statusRank < :statusRank"
    " OR (statusRank = :statusRank AND receivedAt < :receivedAt)"
    " OR (statusRank = :statusRank AND receivedAt = :receivedAt AND tieBreak < :tieBreak)"
)
EARLIER = (
    "attribute_exists(statusRank) AND (attribute_not_exists(firstReceivedAt) OR firstReceivedAt > :firstReceivedAt)"
)
# A send that surely failed may succeed later under its key. A key that was sent may fail later, as that of another
# request. In any order of arrival, the sent message stays.
SENT = "attribute_not_exists(messageSid) OR receivedAt < :receivedAt"
NOT_SENT = "attribute_not_exists(messageSid) AND (attribute_not_exists(receivedAt) OR receivedAt < :receivedAt)"


class NotWrittenError(Exception):
    """Some messages of the event could not be written; the error's message holds their SIDs and AWS's codes."""


class Status(TypedDict):
    """What an event reports of one message."""

    sid: str | None
    status: str | None
    rank: int | None
    error: str | None
    sender: str | None
    recipient: str | None


def statuses(event: ConnectorEvent) -> list[Status]:
    """The messages that an event reports."""
    match event["detail-type"]:
        case "Message Status Updated":
            return [of_parameters(event["detail"]["body"]["data"], event["detail"]["statusRank"])]
        case "Message Received":
            told = event["detail"]["body"]["data"]
            return [of_parameters(told, RANKS.get(first(told, "MessageStatus", "SmsStatus") or ""))]
        case "Message Sent":
            return [of_message(event["detail"]["body"]["data"]["message"])]
        case "New and Updated Records":
            return [of_message(message) for message in event["detail"]["body"]["data"]["created"]]
        case _:
            return []


def of_parameters(told: Parameters, rank: int | None) -> Status:
    """The status in a webhook's parameters."""
    return Status(
        sid=first(told, "MessageSid", "SmsSid", "SmsMessageSid"),
        status=first(told, "MessageStatus", "SmsStatus"),
        rank=rank,
        error=first(told, "ErrorCode"),
        # Until a messaging service has chosen a sender, its SID is all there is.
        sender=first(told, "From", "MessagingServiceSid"),
        recipient=first(told, "To"),
    )


def of_message(message: Message) -> Status:
    """The status in a message of Twilio's API."""
    return Status(
        sid=message["sid"],
        status=message["status"],
        rank=RANKS.get(message["status"] or ""),
        error=str(message["errorCode"]) if message["errorCode"] else None,
        sender=message["from"] or message["messagingServiceSid"],
        recipient=message["to"],
    )


def expiry(received_at: str) -> int:
    """When the table drops what was received at *received_at*, in seconds since the epoch."""
    return int(datetime.fromisoformat(received_at).timestamp()) + int(os.environ["RETENTION_DAYS"]) * 86400


def item_of(status: Status, received_at: str) -> dict[str, Any] | None:
    """What this event alone would write of a message; None if its status has no rank."""
    if status["rank"] is None or not status["sid"]:
        return None
    pair = [status["sender"], status["recipient"]]
    return {
        "sid": status["sid"],
        "messageStatus": status["status"],
        "statusRank": status["rank"],
        "receivedAt": received_at,
        "tieBreak": " ".join(str(each) for each in (status["status"], status["error"], *pair)),
        "errorCode": status["error"],
        "sender": pair[0],
        "recipient": pair[1],
        "conversation": " ".join(sorted(each for each in pair if each)) if all(pair) else None,
        "expiresAt": expiry(received_at),
    }


def write(sid: str, values: Mapping[str, Any], condition: str) -> bool:
    """Replace these attributes if the condition holds, and return whether it does; None removes an attribute."""
    given = {name: value for name, value in values.items() if value is not None}
    update = "SET " + ", ".join(f"{name} = :{name}" for name in given)
    if absent := values.keys() - given.keys():
        update += " REMOVE " + ", ".join(sorted(absent))
    try:
        dynamodb.update_item(
            TableName=os.environ["TABLE"],
            Key={"sid": {"S": sid}},
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues={
                f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
                for name, value in given.items()
            },
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code != "ConditionalCheckFailedException":
            raise NotWrittenError(f"{sid}: {code}") from None
        return False
    return True


def write_key(event: ConnectorEvent) -> None:
    """Keep what became of an input of the send queue, by its idempotency key."""
    if event["detail-type"] == "Message Sent":
        sent = event["detail"]
        told = {"messageSid": sent["body"]["data"]["message"]["sid"], "errorType": None, "errorCode": None}
        write(key_of(sent["connection"], sent["id"]), {**told, **instants(sent["receivedAt"])}, SENT)
    elif event["detail-type"] == "Message Send Failed":
        failed = event["detail"]
        error = failed["body"]["data"]["error"]
        told = {"errorType": error["type"], "errorCode": None if error["code"] is None else str(error["code"])}
        write(key_of(failed["connection"], failed["id"]), {**told, **instants(failed["receivedAt"])}, NOT_SENT)


def instants(received_at: str) -> dict[str, Any]:
    """When it was received, and until when the table keeps it."""
    return {"receivedAt": received_at, "expiresAt": expiry(received_at)}


def key_of(connection: str, idempotency_key: str) -> str:
    """The key of the item of an idempotency key, which cannot be mistaken for a SID."""
    return f"key {connection} {idempotency_key}"


def handler(given: Any, context: Any) -> None:
    """Lambda handler. Raises NotWrittenError, NotAConnectorEventError."""
    event = parse_event(given)
    failures = []
    for status in statuses(event):
        if item := item_of(status, event["detail"]["receivedAt"]):
            sid = item.pop("sid")
            try:
                is_higher = write(sid, item, HIGHER)
                write(sid, {"firstReceivedAt": item["receivedAt"]}, EARLIER)
                print(sid, item["messageStatus"], "is its status now" if is_higher else "came late")
            except NotWrittenError as error:
                failures.append(str(error))
    try:
        write_key(event)
    except NotWrittenError as error:
        failures.append(str(error))
    if failures:
        raise NotWrittenError("; ".join(failures))
