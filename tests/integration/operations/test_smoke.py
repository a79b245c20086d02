"""The smoke test: what it invokes, what it never does unasked, and how it reports failures of the functions."""

from typing import Any

import pytest

from operations import smoke as smoking
from operations.findings import Finding, Level
from operations.smoke import NOBODY, main, smoke
from tests.support.deployed_stack import NAME, DeployedStack, told
from twilio_connector.polling.cursor_item import cursor_key

SID = "SM" + "1" * 32
TO, FROM = "+15551234567", "+15558675309"
RESULTS: dict[str, Any] = {
    "ListMessagesFunction": {"data": [{"sid": SID, "body": "private"}], "nextPageToken": None},
    "PollFunction": {"published": 0, "skipped": False, "cursor": "2026-03-15T14:32:10Z"},
    "SendSmsFunction": {"data": {"sid": SID}},
}


@pytest.fixture(autouse=True)
def _healthy(deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor has tests of its own."""
    deployed.functions.results = dict(RESULTS)
    deployed.parameters["StatusCallbacks"] = "false"
    monkeypatch.setattr(smoking, "examine", lambda *_: iter([Finding(Level.OK, "doctor", "Fine.")]))


def test_without_numbers_it_lists_and_polls_and_sends_nothing(deployed: DeployedStack) -> None:
    findings = list(smoke(deployed.stack, "default"))
    assert told(findings) == [("ok", "doctor"), ("ok", "list"), ("ok", "poll")]
    listed, polled = deployed.functions.payloads
    assert listed == {"connection": "default", "limit": 1}
    assert polled.keys() == {"connection", "from", "since"}
    assert "private" not in "".join(map(str, findings))


def test_its_poll_asks_twilio_the_first_time_too_and_moves_no_cursor_but_its_own(deployed: DeployedStack) -> None:
    world = deployed.world
    world.twilio.add(3)
    list(smoke(deployed.stack, "default"))
    polled = deployed.functions.payloads[-1]
    for _ in range(2):
        assert world.invoke("poll", polled)["published"] == 0
        assert world.twilio.requests[0].query["From"] == NOBODY
    assert {item["pk"]["S"] for item in world.items("poll#")} == {cursor_key("default", NOBODY, None)}
    assert world.bus.entries == []


def test_a_poll_that_was_skipped_proves_nothing(deployed: DeployedStack) -> None:
    deployed.functions.results["PollFunction"] = {**RESULTS["PollFunction"], "skipped": True}
    assert told(list(smoke(deployed.stack, "default")))[-1] == ("FAIL", "poll")


@pytest.mark.parametrize(
    ("to", "sender", "said"), [("abc", FROM, "TO is not a phone number"), (TO, "+1", "FROM is not a phone number")]
)
def test_numbers_that_nothing_can_be_sent_to_are_refused_before_anything_is_tried(
    deployed: DeployedStack, to: str, sender: str, said: str
) -> None:
    [finding] = smoke(deployed.stack, "default", to, sender)
    assert told([finding]) == [("FAIL", "send")]
    assert finding.text.startswith(said)
    assert deployed.functions.payloads == []


def test_numbers_are_read_as_of_the_connections_country(deployed: DeployedStack) -> None:
    twilio = deployed.world.twilio
    secret = {"accountSid": twilio.account_sid, "authToken": twilio.auth_token}
    deployed.replace_secret("default", {**secret, "defaultCountry": "GB"})
    assert told(list(smoke(deployed.stack, "default", "020 7946 0958", FROM)))[-1] == ("ok", "send")


def test_with_numbers_it_sends_one_text_under_a_key(deployed: DeployedStack) -> None:
    findings = list(smoke(deployed.stack, "default", TO, FROM))
    assert told(findings)[-1] == ("ok", "send")
    assert findings[-1].text.startswith(f"Twilio accepted {SID}; no callback was asked for. (")
    text = deployed.functions.payloads[-1]
    assert (text["to"], text["from"]) == (TO, FROM)
    assert text["idempotencyKey"].startswith("smoke-")
    assert not [number for number in (TO, FROM) if number in "".join(map(str, findings))]


def test_a_text_whose_status_is_never_reported_fails(deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.parameters["StatusCallbacks"] = "true"
    monkeypatch.setattr(smoking, "CALLBACK_SECONDS", 0.0)
    findings = list(smoke(deployed.stack, "default", TO, FROM))
    assert told(findings)[-1] == ("FAIL", "send")
    assert f"Twilio accepted {SID}, but no status callback" in findings[-1].text


def test_nothing_is_sent_once_something_failed(deployed: DeployedStack) -> None:
    deployed.functions.results["PollFunction"] = "ServiceUnavailableError"
    findings = list(smoke(deployed.stack, "default", TO, FROM))
    assert told(findings) == [("ok", "doctor"), ("ok", "list"), ("FAIL", "poll"), ("warn", "send")]
    assert findings[2].text.startswith("It raised ServiceUnavailableError: It failed. (")
    assert "aws logs tail /aws/lambda/stack-poll " in findings[2].remedy
    assert len(deployed.functions.payloads) == 2


def test_a_test_webhook_is_asked_for_on_request_alone(deployed: DeployedStack) -> None:
    subject = "test webhook default"
    assert subject not in [told_of for _, told_of in told(list(smoke(deployed.stack, "default")))]
    findings = list(smoke(deployed.stack, "default", webhook_test=True))
    assert told(findings)[-1] == ("warn", subject)


def test_one_number_alone_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--stack", NAME, "--to", TO])
    assert "TO and FROM go together" in capsys.readouterr().err
