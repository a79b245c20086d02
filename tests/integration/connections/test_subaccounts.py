"""A subaccount by its parent's token: sends, reads and polls are for it, and its own token signs its webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.twilio_sandbox import Callback
from local.twilio_sandbox.branch import Branch
from local.twilio_sandbox.signing import SignedRequest, Webhook, sign
from local.twilio_sandbox.webhook_params import inbound_params
from tests.support.poll_times import ago, since
from tests.support.webhook_requests import API_URL, http_event
from tests.support.world import World
from twilio_connector.errors import TwilioNotFoundError

SHOP = {"connection": "shop"}
TEXT_IN: dict[str, Any] = {"from_": "+15551234567", "to": "+15558675309", "body": "Hi", "media": []}
TEXT = {"to": "+15551234567", "from": "+15558675309", "message": "Hello from the shop", **SHOP}


@pytest.fixture
def shop(world: World) -> Branch:
    """The subaccount, which the connection `shop` reaches by the parent's token and receives with its own."""
    sub = world.twilio.create_subaccount("Shop")
    parent = {"parentAccountSid": world.twilio.account_sid, "authToken": world.twilio.auth_token}
    world.put_connection("shop", {"accountSid": sub.account.sid, **parent})
    world.put_connection("shop/auth-token", {"authToken": sub.account.auth_token})
    world.overrides |= {"STATUS_CALLBACK_BASE_URL": API_URL, "API_BASE_URL": API_URL}
    return sub


def delivered(request: SignedRequest) -> dict[str, Any]:
    """The API's event of a webhook request."""
    return http_event(
        connection=urlsplit(request.url).path.rpartition("/")[2],
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )


def as_signed(url: str, form: dict[str, str], token: str) -> SignedRequest:
    """A webhook request as Twilio makes it with a token."""
    return sign(Webhook(url=url, params=form), token, "once")


def as_made(callback: Callback) -> SignedRequest:
    """A webhook request that the sandbox has made."""
    return SignedRequest(url=callback.url, body=callback.request_body, headers=callback.request_headers)


def test_a_text_is_sent_listed_and_polled_as_the_subaccount(world: World, shop: Branch) -> None:
    sent = world.invoke("send_sms", TEXT)["data"]

    assert sent["accountSid"] == shop.account.sid
    assert [message.sid for message in shop.messages] == [sent["sid"]]
    assert world.twilio.messages == []
    assert {request.auth_user for request in world.twilio.requests} == {world.twilio.account_sid}
    world.twilio.wait_until(lambda: shop.messages[0].status == "delivered")
    assert world.invoke("get_sms", {"messageSid": sent["sid"], **SHOP})["data"]["status"] == "delivered"
    assert [message["sid"] for message in world.invoke("list_messages", SHOP)["data"]] == [sent["sid"]]
    assert world.invoke("list_messages", {})["data"] == []
    with pytest.raises(TwilioNotFoundError):
        world.invoke("get_sms", {"messageSid": sent["sid"]})


def test_a_poll_is_of_the_subaccount(world: World, shop: Branch) -> None:
    received = replace(shop.messaging.receive(**TEXT_IN), date_sent=ago(60))
    shop.store.update(received.sid, lambda _: received)

    assert world.invoke("poll", {**since(3600), **SHOP})["published"] == 1
    assert world.invoke("poll", since(3600))["published"] == 0
    [event] = world.bus.details("New and Updated Records")
    assert (event["accountSid"], event["connection"]) == (shop.account.sid, "shop")
    assert [message["sid"] for message in event["body"]["data"]["created"]] == [received.sid]


def test_raw_requests_are_the_subaccount_s(world: World, shop: Branch) -> None:
    answer = world.invoke("raw_request", {"url": "/Accounts/$TWILIO_ACCOUNT_SID.json", **SHOP})

    assert (answer["data"]["sid"], answer["data"]["owner_account_sid"]) == (shop.account.sid, world.twilio.account_sid)


@pytest.mark.parametrize("twilio", [{"status_delay": 0.01}], indirect=True)
def test_its_own_token_signs_the_callbacks_of_its_messages(world: World, shop: Branch) -> None:
    sent = world.invoke("send_sms", TEXT)["data"]
    world.twilio.wait_until(lambda: len(world.twilio.callbacks) >= 2)

    for callback in world.twilio.callbacks[:2]:
        assert world.invoke("webhook", delivered(as_made(callback)))["statusCode"] == 204

    events = world.bus.details("Message Status Updated")
    assert [event["body"]["data"]["MessageSid"] for event in events] == [sent["sid"]] * 2
    assert {(event["accountSid"], event["connection"]) for event in events} == {(shop.account.sid, "shop")}


def test_the_parent_s_token_verifies_no_webhook_of_it(world: World, shop: Branch) -> None:
    url, form = f"{API_URL}/webhook/shop", inbound_params(shop.messaging.receive(**TEXT_IN))

    statuses = [
        world.invoke("webhook", delivered(as_signed(url, form, token)))["statusCode"]
        for token in (world.twilio.auth_token, shop.account.auth_token)
    ]

    assert statuses == [403, 200]


def test_without_a_token_of_its_own_it_receives_nothing(world: World, shop: Branch) -> None:
    world.secrets.delete_secret(SecretId="twilio/connections/shop/auth-token", ForceDeleteWithoutRecovery=True)
    url, form = f"{API_URL}/webhook/shop", inbound_params(shop.messaging.receive(**TEXT_IN))

    for token in (world.twilio.auth_token, shop.account.auth_token):
        assert world.invoke("webhook", delivered(as_signed(url, form, token)))["statusCode"] == 403
    sent = world.invoke("send_sms", TEXT)["data"]
    assert sent["accountSid"] == shop.account.sid
    # Twilio is not asked to report to a webhook that would refuse it.
    assert "StatusCallback" not in world.twilio.requests[-1].form
