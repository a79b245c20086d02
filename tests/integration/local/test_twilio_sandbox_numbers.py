"""The account's phone numbers, as the vendor's own Python SDK reads them from the sandbox."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException

from local.twilio_sandbox import OwnedNumber, TwilioSandbox
from local.twilio_sandbox.clients import SdkClient


@pytest.mark.parametrize("api_key", [False, True], ids=["auth token", "API key"])
def test_the_numbers_are_listed_with_their_webhooks(twilio: TwilioSandbox, api_key: bool) -> None:
    twilio.owned_numbers += [
        OwnedNumber("+15551234567", "https://hooks.example.com/in"),
        OwnedNumber("+15557654321", sms_application_sid="AP" + "1" * 32, sms=False),
    ]

    with SdkClient(twilio, api_key=api_key) as sdk:
        one, other = sdk.incoming_phone_numbers.list()

    assert (one.phone_number, one.sms_url, one.account_sid) == (
        "+15551234567",
        "https://hooks.example.com/in",
        twilio.account_sid,
    )
    assert (other.sms_url, other.sms_application_sid) == ("", "AP" + "1" * 32)
    assert (one.capabilities["sms"], other.capabilities["sms"]) == (True, False)


@pytest.mark.parametrize("page_size", [1, 2, 3, 50])
def test_all_pages_are_walked_in_order(twilio: TwilioSandbox, page_size: int) -> None:
    numbers = [f"+1555000000{digit}" for digit in range(4)]
    twilio.owned_numbers += map(OwnedNumber, numbers)

    with SdkClient(twilio) as sdk:
        listed = sdk.incoming_phone_numbers.list(page_size=page_size)

    assert [number.phone_number for number in listed] == numbers


def test_an_account_without_numbers_lists_none(twilio: TwilioSandbox) -> None:
    with SdkClient(twilio) as sdk:
        assert sdk.incoming_phone_numbers.list() == []


def test_a_number_s_webhook_is_changed(twilio: TwilioSandbox) -> None:
    twilio.owned_numbers += [OwnedNumber("+15551234567"), OwnedNumber("+15557654321")]

    with SdkClient(twilio) as sdk:
        changed = sdk.incoming_phone_numbers(twilio.owned_numbers[1].sid).update(sms_url="https://example.com/#rc=5")

    assert changed.sms_url == twilio.owned_numbers[1].sms_url == "https://example.com/#rc=5"
    assert twilio.owned_numbers[0].sms_url == ""


def test_all_of_its_webhooks_are_changed_taken_away_and_read_back(twilio: TwilioSandbox) -> None:
    application = "AP" + "1" * 32
    twilio.owned_numbers += [OwnedNumber("+15551234567", "https://a.example.com", sms_application_sid=application)]
    sid = twilio.owned_numbers[0].sid

    with SdkClient(twilio) as sdk:
        sdk.incoming_phone_numbers(sid).update(
            sms_url="",
            sms_method="GET",
            sms_fallback_url="https://b.example.com",
            sms_fallback_method="GET",
            sms_application_sid="",
            friendly_name="ignored here",
        )
        read = sdk.incoming_phone_numbers(sid).fetch()

    assert (read.sms_url, read.sms_method, read.sms_application_sid) == ("", "GET", None)
    assert (read.sms_fallback_url, read.sms_fallback_method) == ("https://b.example.com", "GET")


@pytest.mark.parametrize("change", [{"sms_url": "example.com"}, {"sms_method": "PUT"}], ids=["URL", "method"])
def test_a_webhook_that_is_none_is_refused(twilio: TwilioSandbox, change: dict[str, str]) -> None:
    twilio.owned_numbers += [OwnedNumber("+15551234567", "https://a.example.com")]
    with SdkClient(twilio) as sdk, pytest.raises(TwilioRestException) as refused:
        sdk.incoming_phone_numbers(twilio.owned_numbers[0].sid).update(**change)
    assert refused.value.status == 400
    assert twilio.owned_numbers[0] == OwnedNumber("+15551234567", "https://a.example.com")


def test_numbers_of_others_are_neither_fetched_nor_changed(twilio: TwilioSandbox) -> None:
    with SdkClient(twilio) as sdk:
        for ask in (sdk.incoming_phone_numbers("PN" + "0" * 32).fetch, sdk.incoming_phone_numbers("PN0").update):
            with pytest.raises(TwilioRestException) as missing:
                ask()
            assert missing.value.status == 404
