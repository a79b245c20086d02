"""The event patterns that the pages offer, as rules on the deployed bus."""

from collections.abc import Iterator

import pytest

from local.accounts import CONNECTION
from local.aws import LocalAws
from local.bus import BusWatcher
from local.twilio_sandbox import TwilioSandbox
from tests.support.deployed_webhooks import inbound, of_type, post_webhook, status_callback
from tests.support.page_examples import examples

PATTERNS = [example.given for example in examples("pattern")]


@pytest.fixture
def rules(aws: LocalAws) -> Iterator[list[BusWatcher]]:
    """A rule with a queue for each of the patterns."""
    bus = aws.outputs["EventBusName"]
    names = [f"page-{number}" for number, _ in enumerate(PATTERNS)]
    yield [
        BusWatcher(aws.events, aws.sqs, bus, rule_name=name, pattern=pattern)
        for name, pattern in zip(names, PATTERNS, strict=True)
    ]
    for name in names:
        targets = aws.events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
        aws.events.remove_targets(Rule=name, EventBusName=bus, Ids=[target["Id"] for target in targets])
        aws.events.delete_rule(Name=name, EventBusName=bus)


def test_each_rule_of_the_pages_gets_exactly_its_events(
    aws: LocalAws, watcher: BusWatcher, twilio: TwilioSandbox, rules: list[BusWatcher]
) -> None:
    *_, by_connection = PATTERNS
    (marketing,) = by_connection["detail"]["connection"]
    aws.put_connection(marketing, {"accountSid": twilio.account_sid, "authToken": twilio.auth_token})

    ids = list[str]()

    def posted(form: dict[str, str], connection: str = CONNECTION) -> str:
        """Posts a webhook and returns the id of its event, once that is on the bus."""
        assert post_webhook(aws, form, twilio.auth_token, connection).status in (200, 204)
        event_id = ":".join(form[name] for name in ("MessageSid", "MessageStatus") if name in form)
        detail_type = "Message Status Updated" if "MessageStatus" in form else "Message Received"
        watcher.wait_for(of_type(detail_type, event_id))
        ids.append(event_id)
        return event_id

    def opted_out(form: dict[str, str]) -> str:
        """The same of a text that is also an opt-out."""
        event_id = f"optout:{posted(form)}"
        watcher.wait_for(of_type("Recipient Opted Out", event_id))
        ids.append(event_id)
        return event_id

    text = posted(inbound(twilio))
    opt_out = opted_out({**inbound(twilio), "Body": "Stop"})
    posted(status_callback(twilio, "sent"))
    posted(status_callback(twilio, "delivered"))
    failures = [posted(status_callback(twilio, status)) for status in ("failed", "undelivered")]
    marketing_text = posted(inbound(twilio), marketing)
    marketing_failure = posted(status_callback(twilio, "failed"), marketing)
    marketing_delivery = posted(status_callback(twilio, "delivered"), marketing)

    # The bus hands each event to all of its rules before it takes the next: what is not there now never comes.
    received = [[event.detail["id"] for event in rule.drain() if event.detail["id"] in ids] for rule in rules]
    assert received == [
        [text, opt_out.removeprefix("optout:"), marketing_text],
        [*failures, marketing_failure],
        [opt_out],
        [marketing_text, marketing_failure, marketing_delivery],
    ]
