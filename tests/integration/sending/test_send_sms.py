"""The function send_sms against the sandbox: what is sent, what is refused, and that a repeat sends nothing twice."""

from typing import Any

import pytest

from local.twilio_sandbox import Fault
from tests.support.fakes import FakeContext
from tests.support.log_lines import log_lines
from tests.support.sqs_events import sqs_event
from tests.support.world import World
from twilio_connector.errors import (
    ConnectionConfigError,
    IdempotencyConflictError,
    InvalidInputError,
    TwilioOptedOutError,
    TwilioRejectedError,
    TwilioThrottledError,
)
from twilio_connector.state.sent_messages import calls_back, sent_message_key

INPUT = {"to": "(555) 123-4567", "from": "+15555551234", "message": "Hello from Acme!"}
SERVICE = "MG" + "0123456789abcdef" * 2
CALLBACKS = "https://abc123.execute-api.us-east-1.amazonaws.com"


def posts(world: World) -> list[dict[str, str]]:
    """The forms of the message creations that reached Twilio."""
    return [dict(request.form) for request in world.twilio.requests if request.method == "POST"]


def test_a_message_is_sent_to_the_normalised_number_and_returned(world: World) -> None:
    result = world.invoke("send_sms", INPUT)

    assert posts(world) == [{"To": "+15551234567", "From": "+15555551234", "Body": "Hello from Acme!"}]
    (message,) = world.twilio.messages
    assert result["data"]["sid"] == message.sid
    assert (result["data"]["to"], result["data"]["body"]) == ("+15551234567", "Hello from Acme!")
    assert len(result["data"]) == 20


def test_an_api_key_is_used_where_the_connection_has_one(world: World) -> None:
    twilio = world.twilio
    secret = {
        "accountSid": twilio.account_sid,
        "apiKeySid": twilio.api_key_sid,
        "apiKeySecret": twilio.api_key_secret,
    }
    world.put_connection("key", secret)

    world.invoke("send_sms", INPUT | {"connection": "key"})

    assert [request.auth_user for request in twilio.requests] == [twilio.api_key_sid]


def test_everything_that_an_input_can_say_reaches_twilio(world: World) -> None:
    world.invoke(
        "send_sms",
        {
            "to": "whatsapp:+15551234567",
            "messagingServiceSid": SERVICE,
            "message": "Hello",
            "mediaUrl": ["https://example.com/1.jpg", "https://example.com/2.jpg"],
            "statusCallback": "https://example.com/status",
            "validityPeriod": "60",
        },
    )
    (request,) = world.twilio.requests
    assert request.form.getlist("MediaUrl") == ["https://example.com/1.jpg", "https://example.com/2.jpg"]
    assert request.form["MessagingServiceSid"] == SERVICE
    assert request.form["StatusCallback"] == "https://example.com/status"
    assert request.form["ValidityPeriod"] == "60"
    assert request.form["To"] == "whatsapp:+15551234567"


@pytest.mark.parametrize("first", ["numbers", "texts"])
def test_an_input_in_numbers_is_the_same_send_as_one_in_their_texts(world: World, first: str) -> None:
    ways: dict[str, dict[str, Any]] = {
        "numbers": {"to": 15551234567, "from": 12345, "message": 482913, "idempotencyKey": 1042},
        "texts": {"to": "15551234567", "from": "12345", "message": "482913", "idempotencyKey": "1042"},
    }
    in_order = sorted(ways, reverse=first == "texts")
    sids = [world.invoke("send_sms", ways[name])["data"]["sid"] for name in in_order]

    assert sids[0] == sids[1]
    assert posts(world) == [{"To": "+15551234567", "From": "12345", "Body": "482913"}]


def test_the_country_of_the_connection_counts_for_numbers_without_one(world: World) -> None:
    account = {"accountSid": world.twilio.account_sid, "authToken": world.twilio.auth_token}
    world.put_connection("german", account | {"defaultCountry": "DE"})
    world.invoke("send_sms", INPUT | {"connection": "german", "to": "030 123456"})
    assert posts(world)[0]["To"] == "+4930123456"


def test_sends_ask_for_status_callbacks_of_the_stacks_webhook(world: World) -> None:
    world.overrides["STATUS_CALLBACK_BASE_URL"] = f"{CALLBACKS}/"
    world.invoke("send_sms", INPUT)
    assert posts(world)[0]["StatusCallback"] == f"{CALLBACKS}/webhook/default#rc=5&rp=all"


def test_a_message_is_remembered_as_one_that_calls_back_only_where_its_status_comes_to_this_stack(world: World) -> None:
    twilio = world.twilio
    key = {"apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    world.put_connection("quiet", {"accountSid": twilio.account_sid, **key})
    elsewhere = {"statusCallback": "https://example.com/status"}

    def remembered(text: dict[str, str]) -> bool:
        world.restart()
        data = world.invoke("send_sms", INPUT | text)["data"]
        (item,) = world.items(sent_message_key(twilio.account_sid, data["sid"])["pk"]["S"])
        return calls_back(item)

    assert not remembered({})
    world.overrides["STATUS_CALLBACK_BASE_URL"] = CALLBACKS
    assert remembered({})
    assert not remembered(elsewhere)
    assert not remembered({"connection": "quiet"})


def test_a_repeat_is_the_same_send_whatever_the_callback_url_has_become(world: World) -> None:
    world.invoke("send_sms", INPUT | {"idempotencyKey": "kept"})
    (before,) = (item for item in world.items() if "fingerprint" in item)
    for base in (CALLBACKS, "https://moved.example.com", ""):
        world.overrides["STATUS_CALLBACK_BASE_URL"] = base
        world.restart()
        world.invoke("send_sms", INPUT | {"idempotencyKey": "kept"})
    (after,) = (item for item in world.items() if "fingerprint" in item)
    assert after["fingerprint"] == before["fingerprint"]
    assert len(posts(world)) == 1


def test_the_callers_own_callback_goes_first(world: World) -> None:
    world.overrides["STATUS_CALLBACK_BASE_URL"] = CALLBACKS
    world.invoke("send_sms", INPUT | {"statusCallback": "https://example.com/status"})
    assert posts(world)[0]["StatusCallback"] == "https://example.com/status"


def test_a_connection_that_cannot_verify_webhooks_asks_for_none_until_it_has_a_token(world: World) -> None:
    twilio = world.twilio
    world.overrides["STATUS_CALLBACK_BASE_URL"] = CALLBACKS
    secret = {
        "accountSid": twilio.account_sid,
        "apiKeySid": twilio.api_key_sid,
        "apiKeySecret": twilio.api_key_secret,
    }
    keys = {"sharedKeys": {"webhooks_sharedkey_1": "secret"}}
    for name in ("without", "with", "apart"):
        world.put_connection(name, secret)
    world.put_connection("with/auth-token", {"authToken": twilio.auth_token})
    world.put_connection("apart/auth-token", keys)
    world.put_connection("keys", {**secret, **keys})

    for name in ("without", "with", "apart", "keys"):
        world.invoke("send_sms", INPUT | {"connection": name})

    without, *others = posts(world)
    assert "StatusCallback" not in without
    for name, form in zip(("with", "apart", "keys"), others, strict=True):
        assert form["StatusCallback"] == f"{CALLBACKS}/webhook/{name}#rc=5&rp=all"


@pytest.mark.parametrize(("field", "value"), [("defaultCountry", "UK"), ("region", "br1")])
def test_a_setting_that_cannot_be_used_is_the_connection_s_fault_and_not_the_text_s(
    world: World, field: str, value: str
) -> None:
    twilio = world.twilio
    world.put_connection("wrong", {"accountSid": twilio.account_sid, "authToken": twilio.auth_token, field: value})
    named = field if field == "defaultCountry" else "edge"
    with pytest.raises(ConnectionConfigError, match=f"^Connection 'wrong': {named} is "):
        world.invoke("send_sms", INPUT | {"connection": "wrong"})

    answer = world.invoke("send_sms", sqs_event(INPUT | {"connection": "wrong"}))

    assert len(answer["batchItemFailures"]) == 1
    assert world.bus.details("Message Send Failed") == []
    assert posts(world) == []


def test_a_parent_sends_for_its_subaccount(world: World) -> None:
    twilio, parent = world.twilio, "AC" + "f" * 32
    subaccount = {"accountSid": twilio.account_sid, "parentAccountSid": parent, "authToken": "of-the-parent"}
    world.overrides["STATUS_CALLBACK_BASE_URL"] = CALLBACKS
    world.put_connection("subaccount", subaccount)
    # The sandbox knows no accounts with subaccounts: it takes the parent's user name for a further key's.
    twilio.account.further_keys[parent] = "of-the-parent"
    world.invoke("send_sms", INPUT | {"connection": "subaccount"})
    [request] = [request for request in twilio.requests if request.method == "POST"]
    assert request.auth_user == parent
    assert request.path == f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
    assert "StatusCallback" not in request.form


@pytest.mark.parametrize("twilio", [{"status_delay": None}], indirect=True)
def test_the_same_key_returns_the_first_message_as_it_is_now_and_sends_nothing(world: World) -> None:
    first = world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})
    world.twilio.update_status(first["data"]["sid"], "failed")

    # Another spelling of the same number is the same request.
    again = world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5", "to": "+15551234567"})

    assert again["data"]["sid"] == first["data"]["sid"]
    assert again["data"]["status"] == "failed"
    assert len(posts(world)) == 1


def test_another_request_under_the_same_key_is_a_conflict(world: World) -> None:
    world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})
    with pytest.raises(IdempotencyConflictError):
        world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5", "message": "Something else"})
    assert len(posts(world)) == 1


def test_without_a_key_the_request_id_is_the_key(world: World) -> None:
    context = FakeContext()
    sids = {world.invoke("send_sms", INPUT, context)["data"]["sid"] for _ in range(2)}
    sids.add(world.invoke("send_sms", INPUT, FakeContext())["data"]["sid"])
    assert len(sids) == len(posts(world)) == 2


def test_a_changed_callback_address_does_not_make_it_another_request(world: World) -> None:
    world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})
    world.overrides["STATUS_CALLBACK_BASE_URL"] = CALLBACKS
    world._apps.clear()
    world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})
    assert len(posts(world)) == 1


def test_throttling_is_waited_out(world: World) -> None:
    world.twilio.inject(Fault.Throttle(retry_after=0), times=2, match="POST /Messages")
    world.invoke("send_sms", INPUT)
    assert len(posts(world)) == 3
    assert len(world.twilio.messages) == 1


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"to": "+15005550001"}, TwilioRejectedError, 21211),
        ({"to": "+15005550004"}, TwilioOptedOutError, 21610),
        ({"from": "+15005550008"}, TwilioRejectedError, 21611),
    ],
)
def test_a_refusal_is_told_and_frees_the_key(world: World, change: dict[str, str], error: Any, code: int) -> None:
    for _ in range(2):
        with pytest.raises(error, match=f"code {code}") as caught:
            world.invoke("send_sms", INPUT | change | {"idempotencyKey": "order-5"})
        assert caught.value.code == code
    assert len(posts(world)) == 2
    assert world.items("send#") == []


def test_throttling_beyond_the_deadline_is_told_and_frees_the_key(world: World) -> None:
    world.twilio.inject(Fault.Throttle(retry_after=3600), match="POST /Messages")
    with pytest.raises(TwilioThrottledError):
        world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})
    world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})
    assert len(world.twilio.messages) == 1


def test_a_repeat_of_a_message_that_was_deleted_returns_its_sid_and_sends_nothing(world: World) -> None:
    sid = world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})["data"]["sid"]
    world.twilio.update_status(sid, "delivered")
    world.invoke("raw_request", {"method": "DELETE", "url": f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{sid}.json"})

    again = world.invoke("send_sms", INPUT | {"idempotencyKey": "order-5"})["data"]

    assert (again["sid"], again["status"]) == (sid, None)
    assert len([request for request in world.twilio.requests if request.path.endswith("/Messages.json")]) == 1


def test_a_connection_whose_token_secret_is_malformed_sends_and_asks_for_no_callback(world: World) -> None:
    world.overrides["STATUS_CALLBACK_BASE_URL"] = CALLBACKS
    twilio = world.twilio
    key = {"accountSid": twilio.account_sid, "apiKeySid": twilio.api_key_sid, "apiKeySecret": twilio.api_key_secret}
    world.put_connection("key", key)
    world.put_connection("key/auth-token", "{")
    world.invoke("send_sms", INPUT | {"connection": "key"})
    (form,) = posts(world)
    assert "StatusCallback" not in form


def test_neither_the_text_nor_the_numbers_are_stored_logged_or_told(world: World) -> None:
    told = []
    with log_lines() as lines:
        for change in ({}, {"to": "+15005550001"}, {"to": "555123456 7 x5"}, {"from": ""}):
            try:
                world.invoke("send_sms", INPUT | change)
            except (InvalidInputError, TwilioRejectedError) as exc:
                told.append(f"{exc!s} {exc!r}")
    assert len(told) == len(lines) == 3
    everything = f"{told}{lines}{world.items()}"
    for private in ("Hello", "1234567", "5551234", "5005550001", world.twilio.auth_token):
        assert private not in everything
