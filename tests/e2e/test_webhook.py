"""Webhooks of the deployed stack: what is Twilio's is published, and what is not is refused."""

import pytest
import urllib3

from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_webhooks import inbound, of_type, post_webhook


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
