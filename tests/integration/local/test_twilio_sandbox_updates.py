"""Canceling, redacting and deleting in the sandbox: what each status allows, and what is left of the message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import call

STATUSES = (
    *("accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled"),
    *("receiving", "received", "read", "partially_delivered"),
)
UNFINISHED = ("accepted", "scheduled", "queued", "sending")
SCHEDULED = {"To": "+15551234567", "MessagingServiceSid": "MG" + "a" * 32, "Body": "Later", "ScheduleType": "fixed"}


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=None) as sandbox:
        yield sandbox


def scheduled(twilio: TwilioSandbox, **form: str) -> str:
    send_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    sid: str = call(twilio, "POST", "/Messages.json", form={**SCHEDULED, "SendAt": send_at, **form}).json()["sid"]
    return sid


def test_a_scheduled_message_is_canceled_once_and_never_sent(twilio: TwilioSandbox) -> None:
    sid = scheduled(twilio)

    canceled = call(twilio, "POST", f"/Messages/{sid}.json", form={"Status": "canceled"})
    again = call(twilio, "POST", f"/Messages/{sid}.json", form={"Status": "canceled"})

    assert (canceled.status, canceled.json()["status"], canceled.json()["date_sent"]) == (200, "canceled", None)
    assert (again.status, again.json()["code"]) == (400, 30409)


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "scheduled"])
def test_nothing_else_is_canceled(twilio: TwilioSandbox, status: str) -> None:
    [sid] = twilio.add(status=status, date_sent=None)

    refused = call(twilio, "POST", f"/Messages/{sid}.json", form={"Status": "canceled"})

    assert (refused.status, refused.json()["code"]) == (400, 30409)
    assert twilio.messages[0].status == status


@pytest.mark.parametrize("status", STATUSES)
def test_redaction_and_deletion_wait_for_the_end(twilio: TwilioSandbox, status: str) -> None:
    [sid] = twilio.add(status=status, date_sent=None)

    redacted = call(twilio, "POST", f"/Messages/{sid}.json", form={"Body": ""})
    deleted = call(twilio, "DELETE", f"/Messages/{sid}.json")

    if status in UNFINISHED:
        assert (redacted.status, redacted.json()["code"]) == (deleted.status, deleted.json()["code"]) == (409, 20009)
        assert twilio.messages[0].body == "Example message body"
    else:
        assert (redacted.status, redacted.json()["body"], redacted.json()["status"]) == (200, "", status)
        assert (deleted.status, deleted.data) == (204, b"")
        missing = [call(twilio, method, f"/Messages/{sid}.json") for method in ("GET", "DELETE", "POST")]
        assert [(answer.status, answer.json()["code"]) for answer in missing] == [(404, 20404)] * 3


@pytest.mark.parametrize("form", [{"Body": "another text"}, {"Status": "delivered"}, {"Status": "Canceled"}], ids=str)
def test_another_text_or_status_is_refused_and_nothing_changes(twilio: TwilioSandbox, form: dict[str, str]) -> None:
    sid = scheduled(twilio)
    before = twilio.messages

    refused = call(twilio, "POST", f"/Messages/{sid}.json", form=form)

    assert (refused.status, refused.json()["code"]) == (400, 20001)
    assert twilio.messages == before


def test_without_the_json_suffix_it_is_the_same_in_xml(twilio: TwilioSandbox) -> None:
    [sid] = twilio.add()

    assert b"<Body />" in call(twilio, "POST", f"/Messages/{sid}", form={"Body": ""}).data
    assert call(twilio, "DELETE", f"/Messages/{sid}").status == 204
    assert twilio.messages == []
