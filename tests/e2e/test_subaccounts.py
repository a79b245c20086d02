"""A subaccount by its parent's token, on the deployed stack: sent as it, reported by it, listed and polled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from local.aws import LocalAws
from local.bus import BusEvent, BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_webhooks import of_type

SHOP = {"connection": "shop"}


def test_a_subaccount_sends_receives_lists_and_polls(aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox) -> None:
    shop = twilio.create_subaccount("Shop")
    parent = {"parentAccountSid": twilio.account_sid, "authToken": twilio.auth_token}
    aws.put_connection("shop", {"accountSid": shop.account.sid, **parent})
    aws.put_connection("shop/auth-token", {"authToken": shop.account.auth_token})
    text = {"to": "+15551234567", "from": "+15558675309", "message": "Hello from the shop", **SHOP}

    sent = aws.invoke("SendSmsFunction", text)["data"]

    assert sent["accountSid"] == shop.account.sid
    # By a callback that the subaccount's own token signs, which the stack has asked for.
    delivered = watcher.wait_for(of_type("Message Status Updated", f"{sent['sid']}:delivered"))
    assert (delivered.detail["accountSid"], delivered.detail["connection"]) == (shop.account.sid, "shop")
    listed = aws.invoke("ListMessagesFunction", SHOP)["data"]
    assert [message["sid"] for message in listed] == [sent["sid"]]
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    # A poll reads up to the last complete second.
    shop.store.update(sent["sid"], lambda message: replace(message, date_sent=datetime.now(UTC) - timedelta(minutes=1)))
    assert aws.invoke("PollFunction", {"since": since, **SHOP})["published"] == 1

    def is_polled(event: BusEvent) -> bool:
        created = event.detail["body"]["data"].get("created", [])
        return event.detail["connection"] == "shop" and [message["sid"] for message in created] == [sent["sid"]]

    watcher.wait_for(is_polled)
