"""Webhook requests of the sandbox: what they hold, signed as Twilio signs."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.account import SHARED_KEY_ALGORITHMS
from local.twilio_sandbox.clients import call
from local.twilio_sandbox.numbers import FAILED_TO, UNDELIVERED_TO
from tests.support.webhook_receiver import HOST, INBOUND, URL, Receiver, is_genuine, wait_for_callbacks

FORM = {"To": "+15551234567", "From": "+15558675309", "Body": "Hello", "StatusCallback": URL}


@pytest.fixture
def twilio(receiver: Receiver) -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=0.01) as sandbox:
        sandbox.map_host(HOST, receiver.url)
        yield sandbox


def test_each_status_after_the_first_is_reported_with_a_valid_signature(
    twilio: TwilioSandbox, receiver: Receiver
) -> None:
    sid = call(twilio, "POST", "/Messages.json", form=FORM).json()["sid"]

    callbacks = wait_for_callbacks(twilio, 2)

    assert sorted(callback.params["MessageStatus"] for callback in callbacks) == ["delivered", "sent"]
    for callback in callbacks:
        assert is_genuine(twilio, callback)
        assert callback.params["MessageSid"] == callback.params["SmsSid"] == sid
        assert callback.params["AccountSid"] == twilio.account_sid
        assert (callback.status, callback.content_type, callback.body) == (
            200,
            "text/xml; charset=utf-8",
            b"noted",
        )
        assert callback.request_headers["User-Agent"] == "TwilioProxy/1.1"
        assert callback.request_headers["I-Twilio-Idempotency-Token"]
    assert receiver.hosts == [HOST, HOST]
    assert {form["MessageStatus"] for form in receiver.forms} == {"sent", "delivered"}


def test_a_forged_signature_is_not_genuine(twilio: TwilioSandbox) -> None:
    twilio.receive(**INBOUND, webhook_url=URL)
    [callback] = wait_for_callbacks(twilio, 1)

    twilio.account.auth_token = "another"

    assert not is_genuine(twilio, callback)


@pytest.mark.parametrize("algorithm", SHARED_KEY_ALGORITHMS)
def test_a_webhook_rule_has_everything_signed_with_a_shared_key_until_it_is_deleted(
    twilio: TwilioSandbox, algorithm: str
) -> None:
    key = twilio.account.make_webhook_rule(algorithm)
    assert key.secret not in repr(twilio.account)
    twilio.receive(**INBOUND, webhook_url=URL)
    [callback] = wait_for_callbacks(twilio, 1)

    settings = callback.request_headers[SIGNATURE_SETTINGS_HEADER]
    assert settings == f"key={key.id},algorithm={algorithm}"
    signature = callback.request_headers["X-Twilio-Signature"]
    named = get_signature_algorithm(settings)
    assert RequestValidator(key.secret).validate(URL, callback.params, signature, named)
    assert not RequestValidator(twilio.auth_token).validate(URL, callback.params, signature, named)

    twilio.account.delete_webhook_rule()
    twilio.receive(**INBOUND, webhook_url=URL)
    last = wait_for_callbacks(twilio, 2)[-1]
    assert is_genuine(twilio, last)
    assert SIGNATURE_SETTINGS_HEADER not in last.request_headers


def test_there_is_no_rule_of_another_algorithm(twilio: TwilioSandbox) -> None:
    with pytest.raises(ValueError, match="algorithm must be"):
        twilio.account.make_webhook_rule("HMAC_MD5")


@pytest.mark.parametrize(
    ("to", "statuses", "code"),
    [(UNDELIVERED_TO, {"sent", "undelivered"}, "30005"), (FAILED_TO, {"failed"}, "30008")],
)
def test_failures_are_reported_with_their_error_code(
    twilio: TwilioSandbox, to: str, statuses: set[str], code: str
) -> None:
    call(twilio, "POST", "/Messages.json", form={**FORM, "To": to})

    callbacks = wait_for_callbacks(twilio, len(statuses))

    codes = {callback.params["MessageStatus"]: callback.params.get("ErrorCode") for callback in callbacks}
    assert set(codes) == statuses
    assert [value for value in codes.values() if value] == [code]


def test_statuses_can_be_reported_out_of_order(twilio: TwilioSandbox) -> None:
    form = {"To": "+15551234567", "From": "+15558675309", "Body": "hi"}
    with TwilioSandbox(status_delay=None) as held:
        held.map_host(HOST, twilio.url)
        sid = call(held, "POST", "/Messages.json", form={**form, "StatusCallback": URL}).json()["sid"]
        for number, status in enumerate(("delivered", "sent"), start=1):
            held.update_status(sid, status)
            wait_for_callbacks(held, number)

        assert [callback.params["MessageStatus"] for callback in held.callbacks] == ["delivered", "sent"]


def test_an_inbound_text_calls_the_webhook_and_is_listed(twilio: TwilioSandbox, receiver: Receiver) -> None:
    sid = twilio.receive(**INBOUND, webhook_url=URL, media=[("image/png", b"a picture")])

    [callback] = wait_for_callbacks(twilio, 1)

    assert is_genuine(twilio, callback)
    assert receiver.forms == [dict(callback.params)]
    assert callback.params["MessageSid"] == callback.params["SmsMessageSid"] == sid
    assert (callback.params["SmsStatus"], callback.params["Body"]) == ("received", "Hi & bye")
    assert (callback.params["NumMedia"], callback.params["MediaContentType0"]) == ("1", "image/png")
    assert callback.params["MediaUrl0"].startswith(f"https://api.twilio.com{twilio.messages[0].path}/Media/ME")
    assert callback.params["FromCity"] == ""
    assert "MessageStatus" not in callback.params
    [listed] = call(twilio, "GET", "/Messages.json").json()["messages"]
    assert (listed["sid"], listed["direction"], listed["status"]) == (sid, "inbound", "received")


def test_an_inbound_text_can_come_by_get_with_a_signature_of_the_url_alone(
    twilio: TwilioSandbox, receiver: Receiver
) -> None:
    twilio.receive(**INBOUND, webhook_url=f"{URL}?flow=1", method="GET")

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.request_body == b""
    assert receiver.paths[0].startswith("/webhook/default?flow=1&MessageSid=")
    assert is_genuine(twilio, callback)


def test_a_json_document_is_signed_by_its_hash_in_the_url(twilio: TwilioSandbox) -> None:
    twilio.post_json(URL, [{"specversion": "1.0", "id": "EZ1"}])

    [callback] = wait_for_callbacks(twilio, 1)

    signature = callback.request_headers["X-Twilio-Signature"]
    body = callback.request_body.decode()
    assert RequestValidator(twilio.auth_token).validate(callback.url, body, signature)
    assert not RequestValidator(twilio.auth_token).validate(callback.url, body + " ", signature)


@pytest.mark.parametrize("url", [f"{URL}#rc=2&rp=all", f"https://user:pass@{HOST}/webhook/default"])
def test_fragment_and_user_info_are_neither_sent_nor_signed(
    twilio: TwilioSandbox, receiver: Receiver, url: str
) -> None:
    twilio.receive(**INBOUND, webhook_url=url)

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.url == URL
    assert is_genuine(twilio, callback)
    assert receiver.paths == ["/webhook/default?"]


def test_the_signer_leaves_unescaped_what_the_request_escapes(twilio: TwilioSandbox, receiver: Receiver) -> None:
    unescaped = f"{URL}?q=it's:a@b"
    twilio.receive(**INBOUND, webhook_url=unescaped)

    [callback] = wait_for_callbacks(twilio, 1)

    assert callback.url == f"{URL}?q=it{quote(chr(39))}s{quote(':')}a{quote('@')}b"
    assert not is_genuine(twilio, callback)
    assert is_genuine(twilio, callback, unescaped)
