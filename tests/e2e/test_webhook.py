"""Webhooks of the deployed stack: what is Twilio's is published, and what is not is refused."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from local.aws import LocalAws
from local.bus import BusWatcher
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox
from local.twilio_sandbox.account import SHARED_KEY_ALGORITHMS
from tests.support.deployed_webhooks import api_key_of, inbound, of_type, post_webhook
from twilio_connector.twilio.api import FORM_TYPE


def test_an_inbound_text_is_published_before_it_is_answered_with_empty_twiml(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox
) -> None:
    form = inbound(twilio, "Grüße & 100 % 😀")

    answer = post_webhook(aws, form, twilio.auth_token)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml")
    assert answer.data.endswith(b"<Response/>")
    event = watcher.wait_for(of_type("Message Received", form["MessageSid"]))
    assert event.detail["body"]["data"] == form


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": "forged"}, 403),
        ({"connection": "nobody"}, 404),
        ({"AccountSid": "AC" + "f" * 32}, 403),
    ],
)
def test_what_is_not_twilios_is_refused_and_not_published(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, change: dict[str, str], status: int
) -> None:
    form = {**inbound(twilio, "Send money"), **{key: change[key] for key in ("AccountSid",) if key in change}}

    answer = post_webhook(aws, form, change.get("token", twilio.auth_token), change.get("connection", "default"))

    assert answer.status == status
    assert not [event for event in watcher.drain() if event.detail.get("id") == form["MessageSid"]]


def test_an_unsigned_webhook_is_refused(aws: LocalAws) -> None:
    answer = urllib3.request(
        "GET", f"{aws.url}/webhook/default?Body=x", headers={"Host": aws.api_host_header}, timeout=30.0
    )

    assert answer.status == 403


@pytest.mark.parametrize("algorithm", SHARED_KEY_ALGORITHMS)
def test_what_a_webhook_rule_has_signed_is_published(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, algorithm: str
) -> None:
    name = uuid.uuid4().hex
    key = twilio.account.make_webhook_rule(algorithm)
    try:
        secret = {**api_key_of(twilio), "sharedKeys": {key.id: key.secret}}
        aws.put_connection(name, secret)
        sid = twilio.receive(
            from_=SANDBOX_RECIPIENT, to=SANDBOX_SENDER, webhook_url=f"https://{aws.api_host}/webhook/{name}"
        )
        event = watcher.wait_for(of_type("Message Received", sid))
    finally:
        twilio.account.delete_webhook_rule()

    assert event.detail["connection"] == name
    assert post_webhook(aws, inbound(twilio), twilio.auth_token, name).status == 403


FLOODS = [pytest.param(100, id="100"), pytest.param(2_000, id="2000", marks=pytest.mark.endurance)]


@pytest.mark.parametrize("unsigned", FLOODS)
def test_what_is_signed_gets_through_a_flood_of_what_is_not(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, unsigned: int
) -> None:
    """One in ten is Twilio's, which sends it again after a 503, as its retries do."""
    forms = [inbound(twilio, f"Signed {number}") for number in range(unsigned // 10)]
    forgery = {"Host": aws.api_host_header, "Content-Type": FORM_TYPE}

    def deliver(form: dict[str, str]) -> list[int]:
        statuses = [post_webhook(aws, form, twilio.auth_token).status]
        while statuses[-1] == 503 and len(statuses) < 6:
            statuses.append(post_webhook(aws, form, twilio.auth_token).status)
        return statuses

    with ThreadPoolExecutor(4) as callers, urllib3.PoolManager(maxsize=4, retries=False, timeout=60.0) as http:

        def forge(number: int) -> int:
            name = "default" if number % 2 else f"nobody-{number}"
            return http.request("POST", f"{aws.url}/webhook/{name}", body=f"n={number}", headers=forgery).status

        refused, answered = [], []
        for number in range(unsigned):
            refused.append(callers.submit(forge, number))
            if number % 10 == 0:
                answered.append(callers.submit(deliver, forms[number // 10]))

        assert {future.result() for future in refused} == {403}
        assert {future.result()[-1] for future in answered} == {200}

    for form in forms:
        watcher.wait_for(of_type("Message Received", form["MessageSid"]), 120)
