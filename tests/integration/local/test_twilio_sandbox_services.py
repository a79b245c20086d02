"""The account's messaging services, as the vendor's own Python SDK reads them from the sandbox."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException

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


def test_its_webhooks_are_changed_taken_away_and_read_back(twilio: TwilioSandbox) -> None:
    twilio.messaging_services += [MessagingService("other"), MessagingService("one", by_number=True)]
    sid = twilio.messaging_services[1].sid

    with SdkClient(twilio) as sdk:
        sdk.messaging.v1.services(sid).update(
            inbound_request_url="https://a.example.com/#rc=5",
            inbound_method="GET",
            fallback_url="https://b.example.com",
            fallback_method="GET",
            use_inbound_webhook_on_number=False,
        )
        read = sdk.messaging.v1.services(sid).fetch()
        emptied = sdk.messaging.v1.services(sid).update(inbound_request_url="", use_inbound_webhook_on_number=True)

    assert (read.inbound_request_url, read.inbound_method) == ("https://a.example.com/#rc=5", "GET")
    assert (read.fallback_url, read.fallback_method) == ("https://b.example.com", "GET")
    assert read.use_inbound_webhook_on_number is False
    assert (emptied.inbound_request_url, emptied.use_inbound_webhook_on_number) == (None, True)
    assert twilio.messaging_services[0] == MessagingService("other")


def test_a_service_tells_whether_a_number_is_among_its_senders(twilio: TwilioSandbox) -> None:
    number = "PN" + "1" * 32
    twilio.messaging_services += [MessagingService("one", senders=(number,)), MessagingService("other")]
    one, other = (service.sid for service in twilio.messaging_services)

    with SdkClient(twilio) as sdk:
        found = sdk.messaging.v1.services(one).phone_numbers(number).fetch()
        for missing in (other, "MG" + "0" * 32):
            with pytest.raises(TwilioRestException) as refused:
                sdk.messaging.v1.services(missing).phone_numbers(number).fetch()
            assert refused.value.status == 404

    assert (found.sid, found.service_sid) == (number, one)
