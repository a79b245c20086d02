"""Webhook Rules, Settings and test webhooks, as the vendor's own Python SDK knows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest.webhooks.v1 import test as webhook_test

from local.twilio_sandbox import TwilioSandbox, WebhookRule, WebhookSetting
from local.twilio_sandbox.clients import SdkClient
from tests.support.webhook_receiver import HOST, URL, Receiver

KEY, SECRET = "webhooks_sharedkey_01", "not-so-secret"
PLAIN = WebhookSetting("plain", retry_count=5, retry_on=("ALL",))
SHARED = WebhookSetting("shared", KEY)


@pytest.fixture
def twilio(receiver: Receiver) -> Iterator[TwilioSandbox]:
    with TwilioSandbox() as sandbox:
        sandbox.map_host(HOST, receiver.url)
        yield sandbox


def give_rules(twilio: TwilioSandbox) -> None:
    configuration = twilio.webhook_configuration
    configuration.open = True
    configuration.rules += [WebhookRule("EXACT_MATCH", URL, [PLAIN, SHARED]), WebhookRule("DEFAULT", "", [PLAIN])]
    configuration.shared_keys[KEY] = SECRET


def ask(twilio: TwilioSandbox, setting: str, method: str = "POST") -> dict[str, object]:
    request = webhook_test.TestList.TestRequest({"url": URL, "settingId": setting, "method": method})
    with SdkClient(twilio) as sdk:
        result: dict[str, object] = sdk.webhooks.v1.tests.create(request).result
    return result


def test_rules_and_settings_are_listed_with_their_fields(twilio: TwilioSandbox) -> None:
    give_rules(twilio)

    with SdkClient(twilio) as sdk:
        exact, default = sdk.webhooks.v1.rules.list(page_size=1)
        settings = sdk.webhooks.v1.settings.list(page_size=1)
        [first, _] = exact.settings
        shared = sdk.webhooks.v1.settings(SHARED.id).fetch()

    assert (exact.match_type, exact.value, default.match_type, default.value) == ("EXACT_MATCH", URL, "DEFAULT", None)
    assert [setting.id for setting in settings] == [PLAIN.id, SHARED.id]
    assert first == {"settingId": PLAIN.id, "percentage": 50}
    assert shared.signature == {"type": "SHARED_KEY", "sharedKeyId": KEY, "algorithm": "HMAC_SHA256"}


def test_an_account_without_the_beta_has_none(twilio: TwilioSandbox) -> None:
    with SdkClient(twilio) as sdk, pytest.raises(TwilioException, match=r"HTTP 404.*20404"):
        sdk.webhooks.v1.rules.list()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("setting", [PLAIN, SHARED], ids=["auth token", "shared key"])
def test_a_test_webhook_is_signed_as_its_setting_says(
    twilio: TwilioSandbox, setting: WebhookSetting, method: str
) -> None:
    give_rules(twilio)

    result = ask(twilio, setting.id, method)

    assert result["response"] == {"statusCode": 200, "headers": {}}
    [callback] = twilio.callbacks
    headers = callback.request_headers
    algorithm = get_signature_algorithm(headers.get("X-Twilio-Webhooks-Signature-Settings"))
    assert algorithm == ("HMAC_SHA256" if setting is SHARED else "HMAC_SHA1")
    validator = RequestValidator(SECRET if setting is SHARED else twilio.auth_token)
    params = callback.params if method == "POST" else {}
    assert validator.validate(callback.url, params, headers["X-Twilio-Signature"], algorithm)


def test_a_test_webhook_that_is_not_answered_has_no_response(twilio: TwilioSandbox) -> None:
    give_rules(twilio)
    with Receiver() as stopped:
        twilio.map_host(HOST, stopped.url)

    assert ask(twilio, PLAIN.id)["response"] is None


def test_an_unknown_setting_is_not_found(twilio: TwilioSandbox) -> None:
    give_rules(twilio)
    with pytest.raises(TwilioRestException) as caught:
        ask(twilio, "webhooks_setting_unknown")
    assert caught.value.status == 404
