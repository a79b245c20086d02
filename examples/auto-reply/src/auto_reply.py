"""Answers inbound texts: each sender once in a while, and never one who has opted out."""

import hashlib
import json
import os
import re
import time
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from twilio_connector_events import MessageReceivedDetail, Parameters, SendSmsInput, first, parse_event

dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")

# Twilio itself acts on a text that is only one of these words: opt-outs, opt-ins, help.
# https://support.twilio.com/hc/en-us/articles/223134027-Twilio-Support-for-Opt-out-Keywords-SMS-STOP-Filtering
KEYWORDS = {
    *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
    *("START", "YES", "UNSTOP", "HELP", "INFO"),
}
# A person's number, on any channel. Short codes and names are machines, which may answer our answer.
PERSON = re.compile(r"([a-z]+:)?\+[1-9][0-9]{6,14}")


def reason_not_to_answer(text: Parameters) -> str | None:
    """The reason not to answer this text; None if it may be answered."""
    sender, recipient = first(text, "From") or "", first(text, "To") or ""
    if first(text, "OptOutType"):
        return "Twilio handled it as a keyword"
    if re.sub(r"[\W_]", "", first(text, "Body") or "").upper() in KEYWORDS:
        return "it is a keyword"
    if not PERSON.fullmatch(sender) or not recipient:
        return "no person sent it"
    if sender == recipient:
        return "it is one of ours"
    return None


def handler(given: Any, context: Any) -> None:
    """Lambda handler. Raises NotAConnectorEventError, and the errors of AWS's clients."""
    event = parse_event(given)
    match event["detail-type"]:
        case "Recipient Opted Out" | "Recipient Opted In":
            wish, out = event["detail"]["body"]["data"], event["detail-type"] == "Recipient Opted Out"
            for sender in filter(None, (wish["sender"], wish["messagingServiceSid"])):
                pk = key("wish", event["detail"]["accountSid"], wish["recipient"], sender)
                remember_wish(pk, out, event["detail"]["receivedAt"])
        case "Message Received":
            sid = first(event["detail"]["body"]["data"], "MessageSid")
            print(sid, answer(event["detail"], sid) if sid else "has no SID")
        case _:
            pass  # An event of a newer connector.


def answer(detail: MessageReceivedDetail, sid: str) -> str:
    """Answer a text unless there is a reason not to; returns the outcome, for the log."""
    text, account = detail["body"]["data"], detail["accountSid"]
    if reason := reason_not_to_answer(text):
        return f"is not answered: {reason}"
    sender, recipient = first(text, "From") or "", first(text, "To") or ""
    for addressed in filter(None, (recipient, first(text, "MessagingServiceSid"))):
        if wants_no_texts(key("wish", account, sender, addressed)):
            return "is not answered: its sender opted out"
    now, quiet = int(time.time()), int(os.environ["QUIET_MINUTES"]) * 60
    if datetime.fromisoformat(detail["receivedAt"]).timestamp() < now - quiet:
        return "is not answered: it is too late"
    if not claim(key("answer", account, sender, recipient), sid, now, quiet):
        return "is not answered: its sender has an answer"
    reply: SendSmsInput = {
        "to": sender,
        "from": recipient,
        "message": os.environ["REPLY_TEXT"],
        "connection": detail["connection"],
        # The key makes one text of an event that arrives twice.
        "idempotencyKey": f"auto-reply {sid}",
    }
    sqs.send_message(QueueUrl=os.environ["SEND_QUEUE_URL"], MessageBody=json.dumps(reply))
    return "is answered"


def key(kind: str, *names: str) -> str:
    """The key of an item, which holds no number."""
    return f"{kind}#{hashlib.sha256(json.dumps(names).encode()).hexdigest()}"


def remember_wish(pk: str, out: bool, at: str) -> None:
    """Keep the latest opt-out or opt-in, in any order of arrival; of two at the same time, the opt-out."""
    update(
        pk,
        "SET optedOut = :out, receivedAt = :at",
        f"attribute_not_exists(receivedAt) OR receivedAt {'<=' if out else '<'} :at",
        {":out": {"BOOL": out}, ":at": {"S": at}},
    )


def wants_no_texts(pk: str) -> bool:
    """Whether the latest one is an opt-out."""
    found = dynamodb.get_item(TableName=os.environ["TABLE"], Key={"pk": {"S": pk}}, ConsistentRead=True)
    return found.get("Item", {}).get("optedOut", {}).get("BOOL", False)


def claim(pk: str, sid: str, now: int, quiet: int) -> bool:
    """Claim for this text the one answer in *quiet* seconds; a text whose send failed may claim it again."""
    return update(
        pk,
        "SET answeredAt = :now, messageSid = :sid, expiresAt = :expires",
        "attribute_not_exists(answeredAt) OR answeredAt < :before OR messageSid = :sid",
        {
            ":now": {"N": str(now)},
            ":before": {"N": str(now - quiet)},
            ":sid": {"S": sid},
            ":expires": {"N": str(now + quiet)},
        },
    )


def update(pk: str, expression: str, condition: str, values: dict[str, Any]) -> bool:
    """Whether the condition held."""
    try:
        dynamodb.update_item(
            TableName=os.environ["TABLE"],
            Key={"pk": {"S": pk}},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
