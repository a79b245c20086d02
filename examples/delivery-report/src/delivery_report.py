"""Keeps of each message its highest status, and of each idempotency key its message, in whatever order events come."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

import boto3
from botocore.exceptions import ClientError

from twilio_connector_events import ConnectorEvent, Message, Parameters, first, parse_event

dynamodb = boto3.client("dynamodb")

# For messages; status updates bring the rank of theirs, which goes before.
RANKS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "receiving"), 0),
    "sending": 1,
    **dict.fromkeys(("sent", "partially_delivered"), 2),
    **dict.fromkeys(("delivered", "undelivered", "failed", "canceled", "received"), 3),
    "read": 4,
}
# Neither condition asks what was written first, so events may come in any order, and twice.
# Of two statuses with one rank and one instant, one has to be greater, no matter which.
HIGHER = (
    "attribute_not_exists(statusRank) OR statusRank < :statusRank"
    " OR (statusRank = :statusRank AND receivedAt < :receivedAt)"
    " OR (statusRank = :statusRank AND receivedAt = :receivedAt AND tieBreak < :tieBreak)"
)
EARLIER = (
    "attribute_exists(statusRank) AND (attribute_not_exists(firstReceivedAt) OR firstReceivedAt > :firstReceivedAt)"
)
# A key that failed for certain may be sent later, and one that was sent may fail later as another request's: what was
# sent stays, in whatever order that is told.
SENT = "attribute_not_exists(messageSid) OR receivedAt < :receivedAt"
NOT_SENT = "attribute_not_exists(messageSid) AND (attribute_not_exists(receivedAt) OR receivedAt < :receivedAt)"


class NotWrittenError(Exception):
    """Some messages are not in the table as the event has them; their SIDs and AWS's codes are the message."""


class Status(TypedDict):
    """What an event tells of one message."""

    sid: str | None
    status: str | None
    rank: int | None
    error: str | None
    sender: str | None
    recipient: str | None


def statuses(event: ConnectorEvent) -> list[Status]:
    """The messages that an event tells of."""
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
    """What a webhook tells."""
    return Status(
        sid=first(told, "MessageSid", "SmsSid", "SmsMessageSid"),
        status=first(told, "MessageStatus", "SmsStatus"),
        rank=rank,
        error=first(told, "ErrorCode"),
        # A messaging service stands for the sender until it has chosen one.
        sender=first(told, "From", "MessagingServiceSid"),
        recipient=first(told, "To"),
    )


def of_message(message: Message) -> Status:
    """What Twilio's API tells."""
    return Status(
        sid=message["sid"],
        status=message["status"],
        rank=RANKS.get(message["status"] or ""),
        error=str(message["errorCode"]) if message["errorCode"] else None,
        sender=message["from"] or message["messagingServiceSid"],
        recipient=message["to"],
    )


def expiry(received_at: str) -> int:
    """When the table forgets what it heard of at *received_at*, in seconds since the epoch."""
    return int(datetime.fromisoformat(received_at).timestamp()) + int(os.environ["RETENTION_DAYS"]) * 86400


def item_of(status: Status, received_at: str) -> dict[str, Any] | None:
    """What the table shall have of a message by this event alone; None: nothing that has a rank."""
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
    """Replace these attributes, None being none, if the condition holds. Whether it does."""
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
    """When it was heard of, and until when it is kept."""
    return {"receivedAt": received_at, "expiresAt": expiry(received_at)}


def key_of(connection: str, idempotency_key: str) -> str:
    """The key of the item of an idempotency key; no SID looks like it."""
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
