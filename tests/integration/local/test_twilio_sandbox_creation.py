"""The sandbox refuses what Twilio refuses, with Twilio's code, and lets messages end as they should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import call
from local.twilio_sandbox.numbers import FAILED_TO, SERVICE_SENDER, UNDELIVERED_TO

VALID = {"To": "+15551234567", "From": "+15558675309", "Body": "Hello from Acme!"}
SERVICE = {**VALID, "From": "", "MessagingServiceSid": "MG" + "a" * 32}
OPTED_OUT = "+15550009999"


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=0.01, opted_out=[OPTED_OUT]) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({**VALID, "To": ""}, 21604),
        ({**VALID, "From": ""}, 21603),
        ({**VALID, "Body": ""}, 21602),
        ({**VALID, "Body": "x" * 1601}, 21617),
        ({**VALID, "To": "5551234567"}, 21211),
        ({**VALID, "To": "+15005550001"}, 21211),
        ({**VALID, "To": "+15005550002"}, 21612),
        ({**VALID, "To": "+15005550003"}, 21408),
        ({**VALID, "To": "+15005550004"}, 21610),
        ({**VALID, "To": OPTED_OUT}, 21610),
        ({**VALID, "To": "+15005550009"}, 21614),
        ({**VALID, "To": VALID["From"]}, 21266),
        ({**VALID, "From": "+15005550001"}, 21212),
        ({**VALID, "From": "not a sender!"}, 21212),
        ({**VALID, "From": "+15005550007"}, 21606),
        ({**VALID, "From": "+15005550008"}, 21611),
        ({**VALID, "StatusCallback": "ftp://example.com"}, 21609),
        ({**VALID, "MediaUrl": "example.com/a.jpg"}, 21620),
        ({**VALID, "ContentSid": "HX1"}, 21655),
        ({**VALID, "ContentVariables": "[]"}, 21656),
        ({**VALID, "ValidityPeriod": "36001"}, 20001),
        ({**SERVICE, "MessagingServiceSid": "MG1"}, 21701),
        ({**SERVICE, "SendAt": "2030-01-01T00:00:00Z"}, 20001),
        ({**SERVICE, "ScheduleType": "fixed"}, 35111),
        ({**SERVICE, "ScheduleType": "soon", "SendAt": "2030-01-01T00:00:00Z"}, 35126),
        ({**SERVICE, "ScheduleType": "fixed", "SendAt": "2999-01-01T00:00:00Z"}, 35114),
    ],
)
def test_a_bad_message_is_refused_with_its_code(twilio: TwilioSandbox, form: dict[str, str], code: int) -> None:
    before = len(twilio.messages)

    response = call(twilio, "POST", "/Messages.json", form=form)

    answer = response.json()
    assert (response.status, answer["code"], answer["status"]) == (400, code, 400)
    assert answer["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert len(twilio.messages) == before


def test_eleven_media_are_too_many(twilio: TwilioSandbox) -> None:
    form = [*VALID.items(), *[("MediaUrl", f"https://example.com/{index}.jpg") for index in range(11)]]

    assert call(twilio, "POST", "/Messages.json", form=form).json()["code"] == 21623


@pytest.mark.parametrize("sender", ["12345", "Acme Shop", "whatsapp:+15558675309"])
def test_other_kinds_of_sender_are_accepted(twilio: TwilioSandbox, sender: str) -> None:
    assert call(twilio, "POST", "/Messages.json", form={**VALID, "From": sender}).status == 201


@pytest.mark.parametrize(("body", "segments"), [("x" * 160, "1"), ("x" * 161, "2"), ("é" * 70, "1"), ("é" * 71, "2")])
def test_long_bodies_take_several_segments(twilio: TwilioSandbox, body: str, segments: str) -> None:
    response = call(twilio, "POST", "/Messages.json", form={**VALID, "Body": body})

    assert response.json()["num_segments"] == segments


@pytest.mark.parametrize(
    ("to", "status", "code", "dated"),
    [(UNDELIVERED_TO, "undelivered", 30005, True), (FAILED_TO, "failed", 30008, False)],
)
def test_magic_recipients_are_accepted_and_then_fail(
    twilio: TwilioSandbox, to: str, status: str, code: int, dated: bool
) -> None:
    sid = call(twilio, "POST", "/Messages.json", form={**VALID, "To": to}).json()["sid"]

    twilio.wait_until(lambda: call(twilio, "GET", f"/Messages/{sid}.json").json()["status"] == status)
    message = call(twilio, "GET", f"/Messages/{sid}.json").json()
    assert message["error_code"] == code
    assert (message["date_sent"] is not None) is dated


def test_a_messaging_service_accepts_first_and_picks_a_sender(twilio: TwilioSandbox) -> None:
    created = call(twilio, "POST", "/Messages.json", form=SERVICE).json()
    assert (created["status"], created["from"]) == ("accepted", None)

    twilio.wait_until(lambda: twilio.messages[-1].status == "delivered")
    assert twilio.messages[-1].from_ == SERVICE_SENDER


def test_texting_stop_opts_out_and_start_opts_in() -> None:
    person = "+15550001234"
    with TwilioSandbox() as twilio:
        twilio.receive(from_=person, to="+15551234567", body="Stop ")
        refused = call(twilio, "POST", "/Messages.json", form={**VALID, "To": person})
        twilio.receive(from_=person, to="+15551234567", body="START")
        accepted = call(twilio, "POST", "/Messages.json", form={**VALID, "To": person})

    assert refused.json()["code"] == 21610
    assert accepted.status == 201


def test_the_resource_has_the_twenty_fields_and_rfc_2822_dates() -> None:
    instant = datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)
    with TwilioSandbox(clock=lambda: instant) as twilio:
        message = call(twilio, "POST", "/Messages.json", form=VALID).json()

    assert set(message) == {
        *("body", "num_segments", "direction", "from", "to", "date_updated", "price", "error_message", "uri"),
        *("account_sid", "num_media", "status", "messaging_service_sid", "sid", "date_sent", "date_created"),
        *("error_code", "price_unit", "api_version", "subresource_uris"),
    }
    assert message["date_created"] == "Thu, 24 Aug 2023 05:01:45 +0000"
    assert message["uri"] == f"/2010-04-01/Accounts/{twilio.account_sid}/Messages/{message['sid']}.json"


def test_without_the_json_suffix_the_answer_is_xml(twilio: TwilioSandbox) -> None:
    [sid] = twilio.add(body="a < b")

    message = call(twilio, "GET", f"/Messages/{sid}")
    missing = call(twilio, "GET", "/Messages/SM0")

    assert message.headers["Content-Type"].startswith("application/xml")
    assert ElementTree.fromstring(message.data).findtext("Message/Body") == "a < b"
    assert (missing.status, ElementTree.fromstring(missing.data).findtext("RestException/Code")) == (
        404,
        "20404",
    )


@pytest.mark.parametrize("resource", ["/Calls.json", "/Messages/SM0.json", "/../AC0/Messages.json"])
def test_what_does_not_exist_is_404(twilio: TwilioSandbox, resource: str) -> None:
    response = call(twilio, "GET", resource)

    assert (response.status, response.json()["code"]) == (404, 20404)


def test_wrong_credentials_are_401_everywhere(twilio: TwilioSandbox) -> None:
    for resource in ("/Messages.json", "/Calls.json"):
        response = call(twilio, "GET", resource, password="wrong")
        assert (response.status, response.json()["code"]) == (401, 20003)
        assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_requests_are_recorded_without_their_password(twilio: TwilioSandbox) -> None:
    call(twilio, "POST", "/Messages.json", form=VALID, user=twilio.api_key_sid, password=twilio.api_key_secret)

    request = twilio.requests[-1]
    assert (request.method, request.auth_user) == ("POST", twilio.api_key_sid)
    assert request.form.to_dict() == VALID
    assert twilio.api_key_secret not in repr(request)
    assert "authorization" not in request.headers


def test_a_message_on_its_way_cannot_be_deleted_nor_a_sent_one_canceled() -> None:
    with TwilioSandbox(status_delay=None) as twilio:
        sid = call(twilio, "POST", "/Messages.json", form=VALID).json()["sid"]
        deleted = call(twilio, "DELETE", f"/Messages/{sid}.json")
        canceled = call(twilio, "POST", f"/Messages/{sid}.json", form={"Status": "canceled"})

    assert (deleted.status, deleted.json()["code"]) == (409, 20009)
    assert (canceled.status, canceled.json()["code"]) == (400, 30409)


def test_scheduled_messages_wait_for_their_time() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    send_at = (now + timedelta(minutes=5)).isoformat()
    with TwilioSandbox(status_delay=0, clock=lambda: now) as twilio:
        form = {**SERVICE, "ScheduleType": "fixed", "SendAt": send_at}
        sid = call(twilio, "POST", "/Messages.json", form=form).json()["sid"]
        call(twilio, "POST", "/Messages.json", form=VALID)
        twilio.wait_until(lambda: twilio.messages[-1].status == "delivered")
        assert (twilio.messages[0].status, twilio.messages[0].date_sent) == ("scheduled", None)

        twilio.update_status(sid, "sent")

        assert (twilio.messages[0].status, twilio.messages[0].date_sent) == ("sent", now)
