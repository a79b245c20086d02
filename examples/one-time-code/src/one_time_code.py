"""One-time codes by text: `{"action": "start", "phone"}` sends one, `{"action": "check", "phone", "code"}` checks it.

Nothing here counts what is sent: the connector does that, by its limits for each recipient and for each day.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from twilio_connector_events import SendSmsInput, SendSmsResult

dynamodb = boto3.client("dynamodb")
# The SDK must not invoke again by itself, and has to wait as long as the connector may take.
functions = boto3.client("lambda", config=Config(read_timeout=60, retries={"total_max_attempts": 1}))

PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
CODE = re.compile(r"[0-9]{6}")
# Nothing was sent, and a repeat would not change that, at least not before the limit's next hour or day.
REFUSALS = {
    *("InvalidInputError", "RecipientNotAllowedError", "SendLimitError"),
    *("TwilioOptedOutError", "TwilioRejectedError", "TwilioNotFoundError"),
}
# The text may have been sent, so the code has to be valid.
UNKNOWN = "OutcomeUnknownError"


class InvalidRequestError(ValueError):
    """The request is neither of the two; the message says what is wrong, and quotes nothing."""


class NotSentError(Exception):
    """The send failed: repeat it, or fix its cause. The message is the connector's errorType."""


def handler(given: Any, context: Any) -> dict[str, Any]:
    """Lambda handler: returns ``{"sent"}``, with a ``reason`` if it is false, or ``{"verified"}``.

    Raises InvalidRequestError, NotSentError, and the errors of AWS's clients.
    """
    if not isinstance(given, dict) or not isinstance(phone := given.get("phone"), str) or not PHONE.fullmatch(phone):
        raise InvalidRequestError("phone must be a number as Twilio writes it, such as +15551234567.")
    match given.get("action"), given.get("code"):
        case "start", None:
            return start(phone)
        case "check", str(code):
            return {"verified": check(phone, code)}
    raise InvalidRequestError("action must be start, or check with a code.")


def start(phone: str) -> dict[str, Any]:
    """Send a new code, which replaces an earlier one, unless the connector refuses."""
    code, minutes = f"{secrets.randbelow(10**6):06}", int(os.environ["CODE_MINUTES"])
    text: SendSmsInput = {
        "to": phone,
        "from": os.environ["SENDER"],
        "message": f"{code} is your code for the next {minutes} minutes. We never ask you for it.",
        # Later, the code would no longer be valid.
        "validityPeriod": minutes * 60,
        # A key for this code: the connector sends it once, and another code is another text.
        "idempotencyKey": f"code {secrets.token_hex(16)}",
    }
    sid, error = send(text)
    if error in REFUSALS:
        # The earlier code stays as it is, with the attempts that are left: asking again and again gains no attempts.
        print("No code was sent:", error)
        return {"sent": False, "reason": error}
    if error and error != UNKNOWN:
        raise NotSentError(error)
    keep(phone, code, int(time.time()) + minutes * 60)
    print("A code was sent:", sid or error)
    return {"sent": False, "reason": error} if error else {"sent": True}


def send(text: SendSmsInput) -> tuple[str | None, str | None]:
    """The SID of the text, or the connector's errorType."""
    answer = functions.invoke(FunctionName=os.environ["SEND_SMS_FUNCTION"], Payload=json.dumps(text))
    payload = json.load(answer["Payload"])
    if "FunctionError" in answer:
        # For a function that was killed, Lambda reports no errorType of the connector's.
        return None, str(payload.get("errorType") or UNKNOWN)
    result: SendSmsResult = payload
    return result["data"]["sid"], None


def keep(phone: str, code: str, expires_at: int) -> None:
    """Store a salted hash of the code."""
    salt = secrets.token_bytes(16)
    dynamodb.put_item(
        TableName=os.environ["TABLE"],
        Item={
            "pk": {"S": key(phone)},
            "salt": {"B": salt},
            "digest": {"B": digest(code, salt)},
            "attempts": {"N": "0"},
            "expiresAt": {"N": str(expires_at)},
        },
    )


def check(phone: str, code: str) -> bool:
    """Whether it is the current code: before it expires, within its attempts, and once."""
    given = re.sub(r"[ -]", "", code)
    if not CODE.fullmatch(given):
        return False
    kept = attempt(phone)
    # Without a code it does the same work, so that the time does not reveal whether there is one.
    salt = bytes(kept["salt"]["B"]) if kept else b""
    found = digest(given, salt)
    if not kept or not hmac.compare_digest(found, bytes(kept["digest"]["B"])):
        return False
    return spend(phone, salt)


def attempt(phone: str) -> dict[str, Any] | None:
    """The stored code, with one attempt less; None if no code is valid."""
    try:
        answer = dynamodb.update_item(
            TableName=os.environ["TABLE"],
            Key={"pk": {"S": key(phone)}},
            UpdateExpression="ADD attempts :one",
            ConditionExpression="expiresAt > :now AND attempts < :most",
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":now": {"N": str(int(time.time()))},
                ":most": {"N": os.environ["MAX_ATTEMPTS"]},
            },
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if not condition_failed(error):
            raise
        return None
    return answer["Attributes"]


def spend(phone: str, salt: bytes) -> bool:
    """Use the code up; returns whether this call was the one that did."""
    try:
        dynamodb.delete_item(
            TableName=os.environ["TABLE"],
            Key={"pk": {"S": key(phone)}},
            ConditionExpression="salt = :salt",
            ExpressionAttributeValues={":salt": {"B": salt}},
        )
    except ClientError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def condition_failed(error: ClientError) -> bool:
    """Whether DynamoDB changed nothing because a condition did not hold."""
    return bool(error.response["Error"]["Code"] == "ConditionalCheckFailedException")


def key(phone: str) -> str:
    """The key of a number's item, which holds no number."""
    return hashlib.sha256(phone.encode()).hexdigest()


def digest(code: str, salt: bytes) -> bytes:
    """A hash of some 50 ms: one processor needs hours to try all codes, and a code is valid for minutes."""
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1)
