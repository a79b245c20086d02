"""The vendor's own Python SDK works against the sandbox as it does against Twilio."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.clients import SdkClient

TO, FROM = "+15551234567", "+15558675309"
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox(status_delay=0.01) as sandbox:
        yield sandbox


@pytest.fixture(params=[False, True], ids=["auth token", "API key"])
def sdk(twilio: TwilioSandbox, request: pytest.FixtureRequest) -> Iterator[Client]:
    with SdkClient(twilio, api_key=request.param) as client:
        yield client


def test_a_created_message_is_queued_and_then_delivered(twilio: TwilioSandbox, sdk: Client) -> None:
    created = sdk.messages.create(to=TO, from_=FROM, body="Hello from Acme!")

    assert (created.status, created.direction, created.date_sent) == ("queued", "outbound-api", None)
    assert (created.num_segments, created.num_media, created.price_unit) == ("1", "0", None)
    twilio.wait_until(lambda: twilio.messages[0].status == "delivered")
    fetched = sdk.messages(created.sid).fetch()
    assert (fetched.status, fetched.body, fetched.to) == ("delivered", "Hello from Acme!", TO)
    assert fetched.price_unit == "USD"
    assert fetched.date_sent is not None
    assert fetched.date_sent.tzinfo is not None


def test_a_list_obeys_every_filter(twilio: TwilioSandbox, sdk: Client) -> None:
    [wanted] = twilio.add(date_sent=NOON, to=TO, from_=FROM)
    twilio.add(date_sent=NOON, to="+15550001111", from_=FROM)
    twilio.add(date_sent=NOON, to=TO, from_="+15550002222")
    twilio.add(date_sent=NOON - timedelta(seconds=1), to=TO, from_=FROM)
    twilio.add(date_sent=NOON + timedelta(seconds=1), to=TO, from_=FROM)

    listed = sdk.messages.list(to=TO, from_=FROM, date_sent_after=NOON, date_sent_before=NOON)

    assert [message.sid for message in listed] == [wanted]


def test_a_stream_walks_all_pages_newest_first(twilio: TwilioSandbox, sdk: Client) -> None:
    oldest_first = twilio.add(25, NOON, spacing=timedelta(seconds=1))

    streamed = [message.sid for message in sdk.messages.stream(page_size=10)]

    assert streamed == oldest_first[::-1]
    assert [request.query["PageSize"] for request in twilio.requests] == ["10"] * 3


def test_pages_can_be_turned_back(twilio: TwilioSandbox, sdk: Client) -> None:
    twilio.add(7, NOON, spacing=timedelta(seconds=1))
    first = sdk.messages.page(page_size=3)
    first_sids = [message.sid for message in first]

    second = first.next_page()
    assert second is not None
    back = second.previous_page()

    assert back is not None
    assert [message.sid for message in back] == first_sids


def test_a_message_can_be_redacted_and_deleted(twilio: TwilioSandbox, sdk: Client) -> None:
    [sid] = twilio.add(body="secret")

    assert sdk.messages(sid).update(body="").body == ""
    assert sdk.messages(sid).delete()

    assert twilio.messages == []


def test_a_scheduled_message_can_be_canceled_and_never_gets_a_date(sdk: Client) -> None:
    scheduled = sdk.messages.create(
        to=TO,
        messaging_service_sid="MG" + "a" * 32,
        body="later",
        schedule_type="fixed",
        send_at=datetime.now(UTC) + timedelta(hours=1),
    )

    canceled = sdk.messages(scheduled.sid).update(status="canceled")

    assert (scheduled.status, scheduled.date_sent) == ("scheduled", None)
    assert (canceled.status, canceled.date_sent) == ("canceled", None)


def test_media_are_listed_below_their_message(sdk: Client) -> None:
    created = sdk.messages.create(to=TO, from_=FROM, media_url=["https://example.com/a.jpg"])

    assert created.num_media == "1"
    assert [medium.parent_sid for medium in sdk.messages(created.sid).media.list()] == [created.sid]


def test_errors_carry_status_and_code(sdk: Client) -> None:
    with pytest.raises(TwilioRestException) as missing:
        sdk.messages("SM" + "0" * 32).fetch()
    with pytest.raises(TwilioRestException) as invalid:
        sdk.messages.create(to="+15005550001", from_=FROM, body="hi")

    assert (missing.value.status, missing.value.code) == (404, 20404)
    assert (invalid.value.status, invalid.value.code) == (400, 21211)


def test_a_rotated_token_no_longer_authenticates(twilio: TwilioSandbox) -> None:
    with SdkClient(twilio) as sdk:
        twilio.account.auth_token = "rotated"
        with pytest.raises(TwilioRestException) as refused:
            sdk.messages.create(to=TO, from_=FROM, body="hi")

    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_a_standard_api_key_lists_messages_but_not_accounts(twilio: TwilioSandbox) -> None:
    with SdkClient(twilio, api_key=True) as sdk:
        assert sdk.messages.list(limit=1) == []
        with pytest.raises(TwilioRestException) as account:
            sdk.api.accounts(twilio.account_sid).fetch()
        with pytest.raises(TwilioException, match="20003"):
            sdk.api.accounts.list()

    assert (account.value.status, account.value.code) == (401, 20003)


def test_the_auth_token_reads_accounts(twilio: TwilioSandbox) -> None:
    with SdkClient(twilio) as sdk:
        assert [account.sid for account in sdk.api.accounts.list()] == [twilio.account_sid]
        assert sdk.api.accounts(twilio.account_sid).fetch().sid == twilio.account_sid
