"""The smoke test of the deployed stack, with and without a real text."""

from local.aws import LocalAws
from local.stage import SANDBOX_RECIPIENT, SANDBOX_SENDER
from local.twilio_sandbox import TwilioSandbox, WebhookRule, WebhookSetting
from operations.smoke import main
from tests.support.deployed_breakages import ruled
from tests.support.deployed_commands import Operator


def test_it_checks_lists_polls_has_a_test_webhook_sent_and_follows_one_text_to_its_status(
    operator: Operator, aws: LocalAws, twilio: TwilioSandbox
) -> None:
    before = len(twilio.messages)
    numbers = ("--to", "(555) 123-4567", "--from", SANDBOX_SENDER)

    setting = WebhookSetting("of the test", retry_count=5, retry_on=("ALL",))
    with ruled(twilio, WebhookRule("EXACT_MATCH", aws.outputs["WebhookUrl"], [setting])):
        status, out = operator.run(main, "--deliver-to", aws.api_url, "--webhook-test", *numbers)

    assert status == 0, out
    assert "ok    webhook rules default: " in out
    assert "ok    test webhook default: Twilio signed one with the auth token, and was answered 204.\n" in out
    [message] = twilio.messages[before:]
    assert (message.to, message.from_) == (SANDBOX_RECIPIENT, SANDBOX_SENDER)
    assert f"ok    send: Twilio accepted {message.sid} and reported it " in out
    timed = [line for line in out.splitlines() if line.endswith(" s)")]
    assert [line.split(":")[0] for line in timed] == ["ok    list", "ok    poll", "ok    send"]
    assert not [private for private in (SANDBOX_RECIPIENT[2:], SANDBOX_SENDER[2:], str(message.body)) if private in out]
    rules = aws.events.list_rules(EventBusName=aws.outputs["EventBusName"], NamePrefix="twilio-connector-")["Rules"]
    assert rules == []


def test_a_broken_connection_is_told_and_nothing_is_sent(
    operator: Operator, aws: LocalAws, twilio: TwilioSandbox
) -> None:
    before = len(twilio.messages)
    numbers = ("--to", SANDBOX_RECIPIENT, "--from", SANDBOX_SENDER)

    status, out = operator.run(main, "--connection", "nobody", *numbers)

    assert status == 1
    assert "FAIL  secret nobody: There is no secret 'twilio/connections/nobody'.\n" in out
    assert "FAIL  list: It raised " in out
    assert "warn  send: Nothing was sent, because a check failed.\n" in out
    assert len(twilio.messages) == before
