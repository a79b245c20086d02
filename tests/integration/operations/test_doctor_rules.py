"""What the doctor and the smoke test say of Twilio's Webhook Rules, and of a test webhook that Twilio delivers."""

from collections.abc import Sequence

import pytest

from local.twilio_sandbox import Fault, WebhookRule, WebhookSetting
from operations.doctor.webhook_rules import check_webhook_rules, matching
from operations.webhook_test import check_test_webhook
from tests.support.deployed_stack import DeployedStack, told
from tests.support.webhook_receiver import Receiver
from twilio_connector.connections.store import auth_token_name

HOST = "api.example.com"
WEBHOOK = f"https://{HOST}/webhook/default"
KEY, SECRET = "webhooks_sharedkey_01", "not-so-secret"
PLAIN = WebhookSetting("plain", retry_count=5, retry_on=("ALL",))
SHARED = WebhookSetting("shared", KEY, retry_count=5, retry_on=("ALL",))
SUBJECT, TEST = "webhook rules default", "test webhook default"


def give(deployed: DeployedStack, *rules: WebhookRule) -> None:
    configuration = deployed.world.twilio.webhook_configuration
    configuration.open = True
    configuration.rules[:] = rules
    configuration.shared_keys[KEY] = SECRET


def hold_keys(deployed: DeployedStack, name: str = "default") -> None:
    twilio = deployed.world.twilio
    secret = {"accountSid": twilio.account_sid, "authToken": twilio.auth_token, "sharedKeys": {KEY: SECRET}}
    if name == "default":
        deployed.replace_secret(name, secret)
    else:
        deployed.world.put_connection(name, secret)


@pytest.mark.parametrize("status", [None, 401, 403, 404])
def test_an_account_without_the_beta_and_a_key_that_may_not_read_it_are_no_finding(
    deployed: DeployedStack, status: int | None
) -> None:
    if status:
        deployed.world.twilio.inject(Fault.Html(status), times=9, match="/v1/Webhooks")
    assert list(check_webhook_rules(deployed.stack, "default")) == []


def test_an_account_without_rules_is_no_finding_and_rules_for_other_urls_are_ok(deployed: DeployedStack) -> None:
    give(deployed)
    assert list(check_webhook_rules(deployed.stack, "default")) == []
    give(deployed, WebhookRule("EXACT_MATCH", f"{WEBHOOK}x", [SHARED]))
    [finding] = check_webhook_rules(deployed.stack, "default")
    assert told([finding]) == [("ok", SUBJECT)]


@pytest.mark.parametrize("name", ["default", auth_token_name("default")])
def test_a_shared_key_that_a_secret_holds_is_ok(deployed: DeployedStack, name: str) -> None:
    hold_keys(deployed, name)
    rule = WebhookRule("EXACT_MATCH", WEBHOOK, [SHARED])
    give(deployed, rule)
    [finding] = check_webhook_rules(deployed.stack, "default")
    assert told([finding]) == [("ok", SUBJECT)]
    assert finding.text == (
        f"{rule.id} (EXACT_MATCH) falls on {WEBHOOK}: {SHARED.id} signs with the shared key {KEY} by HMAC_SHA256, "
        "which the secret has."
    )
    assert SECRET not in str(finding)


def test_a_shared_key_that_no_secret_holds_fails(deployed: DeployedStack) -> None:
    give(deployed, WebhookRule("DEFAULT", "", [SHARED]))
    [finding] = check_webhook_rules(deployed.stack, "default")
    assert told([finding]) == [("FAIL", SUBJECT)]
    assert f"signs with the shared key {KEY}, which the secret lacks" in finding.text
    assert "put-secret-value --secret-id twilio/connections/default " in finding.remedy


def test_during_a_rotation_of_keys_each_setting_is_judged(deployed: DeployedStack) -> None:
    hold_keys(deployed)
    new = WebhookSetting("new", "webhooks_sharedkey_02", retry_count=5, retry_on=("ALL",))
    give(deployed, WebhookRule("PREFIX_MATCH", f"https://{HOST}/", [SHARED, new]))
    findings = list(check_webhook_rules(deployed.stack, "default"))
    assert told(findings) == [("ok", SUBJECT), ("FAIL", SUBJECT)]


def test_an_algorithm_that_the_webhook_does_not_know_fails(deployed: DeployedStack) -> None:
    hold_keys(deployed)
    other = WebhookSetting("other", KEY, "HMAC_SHA512", retry_count=5, retry_on=("ALL",))
    give(deployed, WebhookRule("EXACT_MATCH", WEBHOOK, [other]))
    [finding] = check_webhook_rules(deployed.stack, "default")
    assert told([finding]) == [("FAIL", SUBJECT)]
    assert "HMAC_SHA1 or HMAC_SHA256" in finding.remedy


@pytest.mark.parametrize(
    ("count", "on", "is_enough"),
    [
        (1, ["ALL"], True),
        (5, ["HTTP_4XX", "HTTP_5XX", "CONNECTION_TIMEOUT", "READ_TIMEOUT"], True),
        (0, ["ALL"], False),
        (5, ["HTTP_5XX"], False),
        (5, [], False),
    ],
    ids=["all", "each", "none", "some", "nothing"],
)
def test_a_setting_that_repeats_too_little_beats_the_url_and_is_told(
    deployed: DeployedStack, count: int, on: Sequence[str], is_enough: bool
) -> None:
    give(deployed, WebhookRule("EXACT_MATCH", WEBHOOK, [WebhookSetting("s", retry_count=count, retry_on=tuple(on))]))
    findings = list(check_webhook_rules(deployed.stack, "default"))
    assert told(findings) == [("ok", SUBJECT), *([] if is_enough else [("warn", SUBJECT)])]
    assert is_enough or "overrides #rc=5&rp=all in URLs" in findings[1].text


def test_the_rule_that_twilio_applies_is_the_one_that_is_told() -> None:
    exact = {"id": "exact", "matchType": "EXACT_MATCH", "value": WEBHOOK}
    long = {"id": "long", "matchType": "PREFIX_MATCH", "prefix": f"https://{HOST}/webhook/"}
    short = {"id": "short", "matchType": "PREFIX_MATCH", "prefix": f"https://{HOST}/"}
    default = {"id": "default", "matchType": "DEFAULT"}
    other = {"id": "other", "matchType": "PREFIX_MATCH", "prefix": "https://other.example.com/"}
    rules: list[dict[str, str]] = [default, short, other, long, exact]
    for expected in (exact, long, short, default):
        assert matching(rules, f"{WEBHOOK}#rc=5&rp=all") == expected
        rules.remove(expected)
    assert matching(rules, WEBHOOK) is None


def test_a_region_is_not_asked_at_twilios_only_host_for_rules(deployed: DeployedStack) -> None:
    twilio = deployed.world.twilio
    secret = {"accountSid": twilio.account_sid, "authToken": twilio.auth_token, "region": "ie1", "edge": "dublin"}
    deployed.replace_secret("default", secret)
    deployed.parameters["TwilioApiUrl"] = "https://api.twilio.com"
    assert list(check_webhook_rules(deployed.stack, "default")) == []
    assert told(list(check_test_webhook(deployed.stack, "default"))) == [("warn", TEST)]
    assert twilio.requests == []


@pytest.mark.parametrize(("answer", "level"), [(204, "ok"), (200, "ok"), (403, "FAIL"), (415, "FAIL")])
@pytest.mark.parametrize("setting", [PLAIN, SHARED], ids=["auth token", "shared key"])
def test_twilios_own_test_webhook_is_judged_by_its_answer(
    deployed: DeployedStack, setting: WebhookSetting, answer: int, level: str
) -> None:
    give(deployed, WebhookRule("EXACT_MATCH", WEBHOOK, [setting]))
    with Receiver() as receiver:
        receiver.statuses = [answer]
        deployed.world.twilio.map_host(HOST, receiver.url)
        [finding] = check_test_webhook(deployed.stack, "default")
    assert told([finding]) == [(level, TEST)]
    assert f"was answered {answer}." in finding.text
    assert ("shared key" in finding.text) is (setting is SHARED)


def test_without_a_rule_it_is_sent_by_the_setting_that_twilio_manages(deployed: DeployedStack) -> None:
    give(deployed)
    own = WebhookSetting("of Twilio", type="SYSTEM")
    deployed.world.twilio.webhook_configuration.further_settings += [PLAIN, own]
    with Receiver() as receiver:
        deployed.world.twilio.map_host(HOST, receiver.url)
        assert told(list(check_test_webhook(deployed.stack, "default"))) == [("ok", TEST)]
    assert receiver.paths == ["/webhook/default?"]


def test_a_test_webhook_that_is_not_answered_fails(deployed: DeployedStack) -> None:
    give(deployed, WebhookRule("DEFAULT", "", [PLAIN]))
    assert told(list(check_test_webhook(deployed.stack, "default"))) == [("FAIL", TEST)]


def test_an_account_that_cannot_have_one_is_a_warning(deployed: DeployedStack) -> None:
    assert told(list(check_test_webhook(deployed.stack, "default"))) == [("warn", TEST)]
    give(deployed)
    assert told(list(check_test_webhook(deployed.stack, "default"))) == [("warn", TEST)]
