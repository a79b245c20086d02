"""The account's messaging services, as the vendor's own Python SDK reads them from the sandbox."""

from __future__ import annotations

import pytest

from local.twilio_sandbox import MessagingService, TwilioSandbox
from local.twilio_sandbox.clients import SdkClient


def test_the_services_are_listed_with_their_webhooks(twilio: TwilioSandbox) -> None:
    twilio.messaging_services += [
        MessagingService(
            "one", "https://hooks.example.com/in", "GET", "https://b.example.com/", "https://s.example.com"
        ),
        MessagingService("other", by_number=True),
    ]

    with SdkClient(twilio) as sdk:
        one, other = sdk.messaging.v1.services.list()

    assert (one.inbound_request_url, one.inbound_method) == ("https://hooks.example.com/in", "GET")
    assert (one.fallback_url, one.status_callback) == ("https://b.example.com/", "https://s.example.com")
    assert (one.use_inbound_webhook_on_number, other.use_inbound_webhook_on_number) == (False, True)
    assert (other.inbound_request_url, other.account_sid) == (None, twilio.account_sid)


@pytest.mark.parametrize("page_size", [1, 2, 50])
def test_all_pages_are_walked_in_order(twilio: TwilioSandbox, page_size: int) -> None:
    twilio.messaging_services += [MessagingService(name) for name in "abc"]

    with SdkClient(twilio) as sdk:
        listed = sdk.messaging.v1.services.list(page_size=page_size)

    assert [service.friendly_name for service in listed] == ["a", "b", "c"]
