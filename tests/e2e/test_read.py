"""Reading and changing messages through the deployed stack: lists, picklists, raw requests, updates."""

from typing import Any

import pytest

from local.aws import FunctionError, LocalAws
from local.twilio_sandbox import Fault, TwilioSandbox


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
    twilio.add(2)
    result = aws.invoke("RawRequestFunction", {"method": "GET", "url": path, "queryParams": {"PageSize": "1"}})
    before = len(twilio.requests)

    assert result["status"] == 200
    assert len(result["data"]["messages"]) == 1
    with pytest.raises(FunctionError, match=r"^InvalidInputError"):
        aws.invoke("RawRequestFunction", {"method": "GET", "url": "https://api.twilio.com.example.com/"})
    assert len(twilio.requests) == before


def test_a_scheduled_text_is_canceled_and_others_are_redacted_and_deleted(aws: LocalAws, twilio: TwilioSandbox) -> None:
    (scheduled,) = twilio.add(status="scheduled", body="A reminder", date_sent=None)
    (sent,) = twilio.add(status="delivered", body="A secret")

    def update(sid: str, action: str) -> dict[str, Any]:
        return dict(aws.invoke("UpdateMessageFunction", {"messageSid": sid, "action": action})["data"])

    twilio.inject(Fault.Reset(accepted=True), match="POST /Messages/")
    assert update(scheduled, "cancel")["status"] == "canceled"
    assert update(sent, "redact")["body"] == ""
    with pytest.raises(FunctionError, match=r"^TwilioRejectedError.*30409.*the message is delivered"):
        update(sent, "cancel")
    assert update(sent, "delete") == update(sent, "delete")
    with pytest.raises(FunctionError, match=r"^TwilioNotFoundError"):
        update(sent, "redact")
    assert [message.status for message in twilio.messages if message.sid in (scheduled, sent)] == ["canceled"]
