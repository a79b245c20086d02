"""What the deployed functions write and answer, on good days and bad ones, searched for what nobody else may read."""

import json
import re
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.aws import FunctionError, LocalAws
from local.bus import BusWatcher
from local.denial import denied
from local.twilio_sandbox import Fault, TwilioSandbox
from tests.support.deployed_configuration import configured
from tests.support.deployed_webhooks import inbound, of_type, post_webhook
from tests.support.template import FUNCTIONS
from tests.support.webhook_requests import load_event

# Of no other test, and in every spelling that a caller or Twilio uses.
SENDER, RECIPIENT, SPELLED = "+15557650101", "+15557650102", "(555) 765-0102"
# Twilio's magic number for "not a number", which its error quotes.
REFUSED = "+15005550001"
WRONG_TOKEN = "0123456789abcdef-a-token-of-nobody"
BODY = "Meet me at the usual place, and tell nobody."
KEY = f"order-of-jane-doe-{uuid.uuid4()}"


class Watched:
    """Calls the stack and keeps the texts of all errors that it raises."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.errors: list[str] = []

    def invoke(self, function: str, payload: Any) -> Any:
        """The function's result, or None if it failed."""
        with suppress(FunctionError):
            try:
                return self.aws.invoke(function, payload)
            except FunctionError as exc:
                self.errors.append(str(exc))
                raise
        return None


def live(aws: Watched, watcher: BusWatcher, twilio: TwilioSandbox) -> None:
    """Everything that the stack does, as it should go and as it should not."""
    text = {"to": SPELLED, "from": SENDER, "message": BODY}
    sid = aws.invoke("SendSmsFunction", text)["data"]["sid"]
    watcher.wait_for(of_type("Message Status Updated", f"{sid}:delivered"))
    form = {**inbound(twilio, BODY), "From": RECIPIENT, "To": SENDER}
    assert post_webhook(aws.aws, form, twilio.auth_token).status == 200
    aws.invoke("GetSmsFunction", {"messageSid": sid})
    aws.invoke("ListMessagesFunction", {"to": SPELLED})
    aws.invoke("SelectMessageFunction", {"search": BODY})
    for function in ("PollFunction", "ReconcileFunction"):
        aws.invoke(function, {"from": SENDER, "since": (datetime.now(UTC) - timedelta(minutes=5)).isoformat()})
    raw = {"url": "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", "queryParams": {"To": RECIPIENT, "Body": BODY}}
    assert aws.invoke("RawRequestFunction", raw)["status"] == 200
    aws.invoke("UpdateMessageFunction", {"messageSid": sid, "action": "cancel"})
    assert aws.invoke("UpdateMessageFunction", {"messageSid": sid, "action": "redact"})["data"]["body"] == ""

    # What the bus refuses, RedeliverFunction publishes.
    kept = {**inbound(twilio, BODY), "From": RECIPIENT, "To": SENDER}
    with denied(aws.aws, "WebhookFunction", "events:PutEvents"):
        assert post_webhook(aws.aws, kept, twilio.auth_token).status == 200
    watcher.wait_for(of_type("Message Received", kept["MessageSid"]))

    key = f"{KEY}-{uuid.uuid4()}"
    for queued in (text, {**text, "to": f"{SPELLED} x12"}):
        body = json.dumps({**queued, "idempotencyKey": f"{key}-{len(queued['to'])}"})
        aws.aws.sqs.send_message(QueueUrl=aws.aws.outputs["SendQueueUrl"], MessageBody=body)
    watcher.wait_for(of_type("Message Sent", f"{key}-{len(SPELLED)}"))
    watcher.wait_for(of_type("Message Send Failed", f"{key}-{len(SPELLED) + 4}"))

    # What is wrong with the input, with the request, with Twilio, with the credentials, with the deployment.
    aws.invoke("SendSmsFunction", {**text, "to": f"{SPELLED} x12"})
    aws.invoke("SendSmsFunction", {**text, BODY: BODY})
    aws.invoke("SendSmsFunction", [text])
    aws.invoke("RawRequestFunction", {**raw, "url": f"https://{SENDER}:{BODY}@evil.example/"})
    aws.invoke("RawRequestFunction", {"url": f"/Accounts/{RECIPIENT}/{BODY}.json", "method": "POST", "data": BODY})
    assert post_webhook(aws.aws, form, WRONG_TOKEN).status == 403
    assert post_webhook(aws.aws, {**form, "AccountSid": "AC" + "0" * 32}, twilio.auth_token).status == 403
    aws.invoke("SendSmsFunction", {**text, "to": REFUSED})
    twilio.inject(Fault.Html(), match="GET /Messages")
    assert aws.invoke("ListMessagesFunction", {"from": SENDER}), "a read that fails is repeated"
    aws.aws.put_connection("nobodys", {"accountSid": twilio.account_sid, "authToken": WRONG_TOKEN})
    aws.invoke("SendSmsFunction", {**text, "connection": "nobodys"})
    aws.aws.put_connection("malformed", {"accountSid": twilio.account_sid, "authToken": f"{WRONG_TOKEN} {BODY}"})
    aws.invoke("GetSmsFunction", {"messageSid": sid, "connection": "malformed"})
    # A defect, as far as the connector knows: boto3 quotes the address.
    with configured(aws.aws, FUNCTIONS, AWS_ENDPOINT_URL=f"http://{BODY}"):
        aws.errors.append(post_webhook(aws.aws, form, twilio.auth_token).data.decode())
        for function, payload in {
            "PollFunction": {"from": SENDER},
            "ReconcileFunction": {"from": SENDER},
            "SendSmsFunction": text,
            "GetSmsFunction": {"messageSid": sid},
            "ListMessagesFunction": {"to": SPELLED},
            "SelectMessageFunction": {"search": BODY},
            "UpdateMessageFunction": {"messageSid": sid, "action": "redact"},
            "RawRequestFunction": raw,
            "RedeliverFunction": json.loads(
                json.dumps(load_event("undelivered-queue")).replace("+15551234567", RECIPIENT)
            ),
        }.items():
            aws.invoke(function, payload)


def told(texts: list[str], private: list[str]) -> list[str]:
    """Which of the private things are in the texts; numbers however they are written."""
    everything = "\n".join(texts)
    digits = re.sub(r"[\s().+-]|%2B", "", everything)
    return [one for one in private if (re.sub(r"\D", "", one) in digits if one[0] == "+" else one in everything)]


# What is logged at INFO is logged at DEBUG as well.
@pytest.mark.parametrize("level", ["DEBUG", pytest.param("INFO", marks=pytest.mark.endurance)])
def test_logs_metrics_and_errors_hold_nothing_private(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, level: str
) -> None:
    watched = Watched(aws)
    with configured(aws, FUNCTIONS, POWERTOOLS_LOG_LEVEL=level):
        live(watched, watcher, twilio)

    logged = {function: "\n".join(aws.logs(function)) for function in FUNCTIONS}
    private = [twilio.auth_token, twilio.api_key_secret, WRONG_TOKEN, BODY, KEY, SENDER, RECIPIENT, REFUSED]
    assert told([*logged.values(), *watched.errors], private) == []
    # The search looked where there was something to find.
    assert len(watched.errors) == 19
    assert sum("ValueError at " in error for error in watched.errors) == len(FUNCTIONS)
    for word in (f'"level":"{level}"', '"level":"INFO"', "CloudWatchMetrics"):
        assert word in logged["WebhookFunction"]
    assert all("UnexpectedError" in text for text in logged.values())
