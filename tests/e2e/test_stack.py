"""The deployed stack, from outside: each function and each way in."""

import json
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from twilio.request_validator import RequestValidator

from tests.local.aws import FunctionError, LocalAws
from tests.local.bus import BusEvent, BusWatcher
from tests.local.twilio_sandbox import TwilioSandbox

SENDER, RECIPIENT = "+15558675309", "+15551234567"


def text(body: str = "Hello") -> dict[str, str]:
    return {"to": RECIPIENT, "from": SENDER, "message": body}


def post_webhook(
    aws: LocalAws, form: Mapping[str, str], token: str, connection: str = "default"
) -> urllib3.BaseHTTPResponse:
    """Post as Twilio does: signed for the public URL, and delivered to the local API."""
    signature = RequestValidator(token).compute_signature(f"https://{aws.api_host}/webhook/{connection}", form)
    return urllib3.request(
        "POST",
        f"{aws.url}/webhook/{connection}",
        body=urlencode(form),
        headers={
            "Host": aws.api_host_header,
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": signature,
        },
        timeout=30.0,
    )


def inbound(twilio: TwilioSandbox, body: str) -> dict[str, str]:
    sid = f"SM{uuid.uuid4().hex}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": twilio.account_sid,
        "From": RECIPIENT,
        "To": SENDER,
        "Body": body,
        "NumMedia": "0",
        "SmsStatus": "received",
    }


def of_type(detail_type: str, event_id: str) -> Any:
    def matches(event: BusEvent) -> bool:
        return event.detail_type == detail_type and event.detail.get("id") == event_id

    return matches


def test_a_sent_text_reports_its_delivery_through_the_webhook(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    message = aws.invoke("SendSmsFunction", {**text(), "to": "(555) 123-4567"})["data"]

    assert (message["to"], message["from"], message["body"]) == (RECIPIENT, SENDER, "Hello")
    event = watcher.wait_for(of_type("Message Status Updated", f"{message['sid']}:delivered"))
    assert event.detail["connection"] == "default"
    assert event.detail["accountSid"] == twilio.account_sid
    assert event.detail["body"]["data"]["MessageStatus"] == "delivered"
    assert aws.invoke("GetSmsFunction", {"messageSid": message["sid"]})["data"]["status"] == "delivered"


def test_an_inbound_text_is_published_before_it_is_answered_with_empty_twiml(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    form = inbound(twilio, "Grüße & 100 % 😀")

    answer = post_webhook(aws, form, twilio.auth_token)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml")
    assert answer.data.endswith(b"<Response/>")
    event = watcher.wait_for(of_type("Message Received", form["MessageSid"]))
    assert event.detail["body"]["data"] == form


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": "forged"}, 403),
        ({"connection": "nobody"}, 404),
        ({"AccountSid": "AC" + "f" * 32}, 403),
    ],
)
def test_what_is_not_twilios_is_refused_and_not_published(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, change: dict[str, str], status: int
) -> None:
    form = {**inbound(twilio, "Send money"), **{key: change[key] for key in ("AccountSid",) if key in change}}

    answer = post_webhook(aws, form, change.get("token", twilio.auth_token), change.get("connection", "default"))

    assert answer.status == status
    assert not [event for event in watcher.drain() if event.detail.get("id") == form["MessageSid"]]


def test_an_unsigned_webhook_is_refused(aws: LocalAws) -> None:
    answer = urllib3.request(
        "GET", f"{aws.url}/webhook/default?Body=x", headers={"Host": aws.api_host_header}, timeout=30.0
    )

    assert answer.status == 403


def test_an_api_key_without_an_auth_token_can_send_and_asks_for_no_callback(
    aws: LocalAws, twilio: TwilioSandbox
) -> None:
    key = {"apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    aws.put_connection("keyonly", {"accountSid": twilio.account_sid, **key})

    message = aws.invoke("SendSmsFunction", {**text("quiet"), "connection": "keyonly"})["data"]

    assert message["status"] == "queued"
    create = next(request for request in reversed(twilio.requests) if request.method == "POST")
    assert "StatusCallback" not in create.form
    assert post_webhook(aws, inbound(twilio, "x"), twilio.auth_token, "keyonly").status == 403


def test_the_send_queue_publishes_what_became_of_each_input(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    good, bad = f"good-{uuid.uuid4()}", f"bad-{uuid.uuid4()}"
    inputs = [{**text("from the queue"), "idempotencyKey": good}, {**text(), "to": "12", "idempotencyKey": bad}]
    for one in inputs:
        aws.sqs.send_message(QueueUrl=aws.outputs["SendQueueUrl"], MessageBody=json.dumps(one))

    sent = watcher.wait_for(of_type("Message Sent", good))
    failed = watcher.wait_for(of_type("Message Send Failed", bad))

    assert sent.detail["body"]["data"]["input"] == inputs[0]
    assert sent.detail["body"]["data"]["message"]["body"] == "from the queue"
    assert failed.detail["body"]["data"]["error"]["type"] == "InvalidInputError"


def test_the_same_key_sends_one_message_however_many_callers_use_it(aws: LocalAws, twilio: TwilioSandbox) -> None:
    request = {**text(f"once {uuid.uuid4()}"), "idempotencyKey": f"key-{uuid.uuid4()}"}

    def send(_: int) -> str:
        try:
            return str(aws.invoke("SendSmsFunction", request)["data"]["sid"])
        except FunctionError as exc:
            return exc.message

    with ThreadPoolExecutor(4) as callers:
        answers = set(callers.map(send, range(8)))

    sids = {answer for answer in answers if answer.startswith("SM")}
    assert len(sids) == 1
    assert all("in progress" in answer for answer in answers - sids)
    assert len([message for message in twilio.messages if message.body == request["message"]]) == 1


def test_25000_messages_arrive_once_over_three_polls(aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox) -> None:
    sender = "+15550001111"
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    sids = twilio.add(25_000, date_sent=an_hour_ago, spacing=timedelta(seconds=0.1), from_=sender)
    poll = {"from": sender, "since": (an_hour_ago - timedelta(minutes=1)).isoformat()}

    published = [aws.invoke("PollFunction", poll)["published"] for _ in range(4)]
    assert published == [10_000, 10_000, 5_000, 0]

    def polled() -> list[str]:
        events = [event for event in watcher.drain() if event.detail_type == "New and Updated Records"]
        created = [message for event in events for message in event.detail["body"]["data"]["created"]]
        return [message["sid"] for message in created if message["from"] == sender]

    watcher.wait_for(lambda _: len(polled()) >= 25_000, timeout=60)
    assert sorted(polled()) == sorted(sids)


def test_a_schedule_polls(aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox) -> None:
    sender = "+15550004444"
    (sid,) = twilio.add(1, date_sent=datetime.now(UTC) - timedelta(minutes=5), from_=sender)
    since = datetime.now(UTC) - timedelta(hours=1)

    aws.schedule_poll({"from": sender, "since": since.isoformat()}, delay_seconds=1)

    def holds_it(event: BusEvent) -> bool:
        created = event.detail["body"]["data"].get("created", [])
        return any(message["sid"] == sid for message in created)

    assert watcher.wait_for(holds_it, timeout=60).detail_type == "New and Updated Records"


def test_ten_polls_of_one_cursor_at_once_publish_everything_once(aws: LocalAws, twilio: TwilioSandbox) -> None:
    sender = "+15550002222"
    before = datetime.now(UTC) - timedelta(hours=1)
    twilio.add(3000, date_sent=before, from_=sender)
    poll = {"from": sender, "since": (before - timedelta(minutes=1)).isoformat()}

    with ThreadPoolExecutor(10) as callers:
        results = list(callers.map(lambda _: aws.invoke("PollFunction", poll), range(10)))

    assert sum(result["published"] for result in results) == 3000
    # How many of them met another one depends on how fast this machine starts ten workers.
    assert not any(result["published"] for result in results if result["skipped"])


def test_lists_and_picklists_reach_what_was_sent(aws: LocalAws, twilio: TwilioSandbox) -> None:
    sender = "+15550003333"
    sids = twilio.add(30, from_=sender, body="Your appointment is confirmed for tomorrow at 2:00 PM.")

    first = aws.invoke("ListMessagesFunction", {"from": sender, "limit": "20"})
    rest = aws.invoke("ListMessagesFunction", {"from": sender, "limit": 20, "pageToken": first["nextPageToken"]})
    picks = aws.invoke("SelectMessageFunction", {"search": "APPOINTMENT", "limit": 5})["result"]

    assert sorted(message["sid"] for message in first["data"] + rest["data"]) == sorted(sids)
    assert (len(first["data"]), rest["nextPageToken"]) == (20, None)
    assert len(picks) == 5
    assert picks[0]["label"] == "Your appointment is confirmed for tomorr… (+15551234567)"


def test_a_raw_request_reaches_twilio_and_nobody_else(aws: LocalAws, twilio: TwilioSandbox) -> None:
    path = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
    result = aws.invoke("RawRequestFunction", {"method": "GET", "url": path, "queryParams": {"PageSize": "1"}})
    before = len(twilio.requests)

    assert result["status"] == 200
    assert len(result["data"]["messages"]) == 1
    with pytest.raises(FunctionError):
        aws.invoke("RawRequestFunction", {"method": "GET", "url": "https://api.twilio.com.example.com/"})
    assert len(twilio.requests) == before


def test_an_event_that_the_bus_refused_is_published_later_as_it_would_have_been(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    event_id = f"SM{uuid.uuid4().hex}"
    detail = {
        "id": event_id,
        "connection": "default",
        "accountSid": twilio.account_sid,
        "receivedAt": "2026-03-15T14:32:10.000Z",
        "headers": {},
        "query": {},
        "body": {"data": inbound(twilio, "kept") | {"MessageSid": event_id}},
    }
    body = json.dumps({"detailType": "Message Received", "detail": json.dumps(detail)})

    aws.sqs.send_message(QueueUrl=aws.outputs["UndeliveredQueueUrl"], MessageBody=body)

    assert watcher.wait_for(of_type("Message Received", event_id)).detail == detail


def test_a_poll_that_fails_for_good_ends_in_its_dead_letter_queue(aws: LocalAws) -> None:
    name = f"gone-{uuid.uuid4().hex[:8]}"

    aws.lambda_.invoke(
        FunctionName=aws.outputs["PollFunction"],
        InvocationType="Event",
        Payload=json.dumps({"connection": name}).encode(),
    )

    deadline = time.monotonic() + 150
    record: dict[str, Any] = {}
    while record.get("requestPayload") != {"connection": name}:
        assert time.monotonic() < deadline
        answer = aws.sqs.receive_message(QueueUrl=aws.outputs["PollDeadLetterQueueUrl"], WaitTimeSeconds=5)
        record = json.loads(answer["Messages"][0]["Body"]) if answer.get("Messages") else {}
    assert name in record["responsePayload"]["errorMessage"]
