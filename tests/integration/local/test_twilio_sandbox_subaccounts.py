"""Subaccounts of the sandbox: who may act on which account, and whose token signs."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import call
from tests.support.webhook_receiver import Receiver

FORM = {"To": "+15551234567", "From": "+15558675309", "Body": "Hello"}


def messages_of(account_sid: str) -> str:
    return f"/2010-04-01/Accounts/{account_sid}/Messages.json"


def test_the_main_auth_token_and_the_subaccount_s_own_reach_its_messages(twilio: TwilioSandbox) -> None:
    sub = twilio.create_subaccount("Shop")
    user, password = sub.account.sid, sub.account.auth_token

    by_parent = call(twilio, "POST", messages_of(sub.account.sid), form=FORM)
    by_itself = call(twilio, "POST", messages_of(sub.account.sid), form=FORM, user=user, password=password)

    assert (by_parent.status, by_itself.status) == (201, 201)
    assert by_parent.json()["account_sid"] == sub.account.sid
    assert by_parent.json()["uri"].startswith(f"/2010-04-01/Accounts/{sub.account.sid}/")
    assert len(sub.messages) == 2
    assert twilio.messages == []
    assert call(twilio, "GET", messages_of(twilio.account_sid)).json()["messages"] == []


def test_other_credentials_do_not(twilio: TwilioSandbox) -> None:
    sub, other = twilio.create_subaccount(), twilio.create_subaccount()
    own = (sub.account.sid, sub.account.auth_token)
    key = (twilio.api_key_sid, twilio.api_key_secret)
    mixed = (sub.account.sid, twilio.auth_token)

    refused = [
        call(twilio, "GET", messages_of(account_sid), user=user, password=password)
        for account_sid, (user, password) in (
            (twilio.account_sid, own),
            (other.account.sid, own),
            (sub.account.sid, key),
            (sub.account.sid, mixed),
        )
    ]

    assert [(answer.status, answer.json()["code"]) for answer in refused] == [(401, 20003)] * 4
    assert call(twilio, "GET", messages_of("AC" + "0" * 32)).status == 404


def test_the_parent_lists_its_subaccounts_and_a_subaccount_itself(twilio: TwilioSandbox) -> None:
    sub = twilio.create_subaccount("Shop")
    user, password = sub.account.sid, sub.account.auth_token

    of_parent = call(twilio, "GET", "/2010-04-01/Accounts.json").json()["accounts"]
    of_sub = call(twilio, "GET", "/2010-04-01/Accounts.json", user=user, password=password).json()["accounts"]

    assert [account["sid"] for account in of_parent] == [twilio.account_sid, sub.account.sid]
    assert [(account["friendly_name"], account["owner_account_sid"]) for account in of_sub] == [
        ("Shop", twilio.account_sid)
    ]


@pytest.mark.parametrize("inbound", [False, True], ids=["status", "inbound"])
def test_the_subaccount_s_token_signs_its_webhooks(twilio: TwilioSandbox, receiver: Receiver, inbound: bool) -> None:
    twilio.map_host("hooks.example.com", receiver.url)
    sub = twilio.create_subaccount()
    url = "https://hooks.example.com/hook"
    if inbound:
        sub.receive(from_="+15551234567", to="+15558675309", body="Hi", webhook_url=url)
    else:
        call(twilio, "POST", messages_of(sub.account.sid), form={**FORM, "StatusCallback": url})

    twilio.wait_until(lambda: twilio.callbacks)

    callback = twilio.callbacks[0]
    signature = callback.request_headers["X-Twilio-Signature"]
    assert callback.params["AccountSid"] == sub.account.sid
    assert RequestValidator(sub.account.auth_token).compute_signature(url, callback.params) == signature
    assert RequestValidator(twilio.auth_token).compute_signature(url, callback.params) != signature
