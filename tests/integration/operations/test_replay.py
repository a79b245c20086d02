"""Replaying dead letters: what goes back where, in which shape, and what is left."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from operations.findings import Finding
from operations.replay import dead_letters
from operations.replay.main import main
from operations.replay.replaying import count, replay
from tests.support.aws_faults import refusing
from tests.support.deployed_stack import NAME, DeployedStack, told
from tests.support.envelopes import REFUSED, UNWRAPPED

INPUT = {"to": "+15551234567", "from": "+15558675309", "message": "Hello"}
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def failure(payload: object, request_id: object = REQUEST_ID) -> dict[str, Any]:
    """Lambda's record of an asynchronous invocation that failed for good."""
    return {
        "version": "1.0",
        "timestamp": "2026-03-15T14:32:10.000Z",
        "requestContext": {"requestId": request_id, "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "TwilioAuthenticationError", "errorMessage": "Twilio answered 401."},
    }


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)


def test_inputs_go_back_under_the_key_that_the_queue_had_given_them(deployed: DeployedStack) -> None:
    message_id = deployed.put("SendDeadLetterQueue", INPUT)
    findings = list(replay(deployed.stack, forget_polls=False))
    assert findings[0].text == "1 moved to SendQueue."
    assert [json.loads(body) for body in deployed.take("SendQueue")] == [
        {**INPUT, "idempotencyKey": f"sqs:{message_id}"}
    ]
    assert deployed.take("SendDeadLetterQueue") == []


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_key_is_none(deployed: DeployedStack, blank: str | None) -> None:
    message_id = deployed.put("SendDeadLetterQueue", {**INPUT, "idempotencyKey": blank})
    list(replay(deployed.stack, forget_polls=False))
    [body] = deployed.take("SendQueue")
    assert json.loads(body)["idempotencyKey"] == f"sqs:{message_id}"


@pytest.mark.parametrize("key", ["order-4711", 4711])
def test_an_input_with_a_key_of_its_own_goes_back_as_it_is(deployed: DeployedStack, key: object) -> None:
    text = json.dumps({**INPUT, "message": "Grüße 👍", "idempotencyKey": key}, indent=2, ensure_ascii=False)
    deployed.put("SendDeadLetterQueue", text)
    list(replay(deployed.stack, forget_polls=False))
    assert deployed.take("SendQueue") == [text]


@pytest.mark.parametrize("name", UNWRAPPED)
def test_an_input_goes_back_without_its_envelope_in_which_a_key_would_not_be_read(
    deployed: DeployedStack, name: str
) -> None:
    message_id = deployed.put("SendDeadLetterQueue", json.dumps(UNWRAPPED[name](INPUT)))
    keyed = {**INPUT, "idempotencyKey": 4711}
    deployed.put("SendDeadLetterQueue", json.dumps(UNWRAPPED[name](keyed)))
    list(replay(deployed.stack, forget_polls=False))
    assert sorted((json.loads(body) for body in deployed.take("SendQueue")), key=str) == sorted(
        [{**INPUT, "idempotencyKey": f"sqs:{message_id}"}, keyed], key=str
    )
    assert deployed.take("SendDeadLetterQueue") == []


def test_failed_invocations_become_messages_under_their_request_id(deployed: DeployedStack) -> None:
    deployed.put("SendFailureQueue", failure(INPUT))
    deployed.put("SendFailureQueue", failure({**INPUT, "idempotencyKey": "mine"}))
    findings = list(replay(deployed.stack, forget_polls=False))
    assert findings[1].text == "2 moved to SendQueue."
    replayed = sorted(json.loads(body)["idempotencyKey"] for body in deployed.take("SendQueue"))
    assert replayed == [REQUEST_ID, "mine"]


def test_events_go_back_to_the_undelivered_queue_as_they_are(deployed: DeployedStack) -> None:
    event = '{"detailType": "Message Received", "detail": "{\\"id\\":\\"SM1\\"}"}'
    deployed.put("UndeliveredDeadLetterQueue", event)
    list(replay(deployed.stack, forget_polls=False))
    assert deployed.take("UndeliveredQueue") == [event]
    assert deployed.take("UndeliveredDeadLetterQueue") == []


@pytest.mark.parametrize(
    ("queue", "body"),
    [
        *(("SendDeadLetterQueue", body) for body in ("{no json", "[]", '"text"', "[" * 100_000)),
        *(("SendDeadLetterQueue", json.dumps(make(INPUT))) for make, _ in REFUSED.values()),
        *(("SendFailureQueue", body) for body in ({}, failure([]), failure(None), failure(INPUT, ""), "no json")),
        ("SendFailureQueue", {**failure(INPUT), "requestContext": "none"}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_input_is_left_and_told(deployed: DeployedStack, queue: str, body: object) -> None:
    left = deployed.put(queue, body)
    moved = deployed.put(queue, INPUT if queue == "SendDeadLetterQueue" else failure(INPUT))
    findings = [finding for finding in replay(deployed.stack, forget_polls=False) if finding.subject == queue]
    assert told(findings) == [("ok", queue), ("warn", queue)]
    assert left in findings[1].text
    assert moved not in findings[1].text
    assert deployed.urls[queue] in findings[1].remedy
    # At once, and not only when its time in flight is over.
    assert deployed.take(queue) == [body if isinstance(body, str) else json.dumps(body)]


def test_failed_polls_are_only_told_of_unless_they_are_to_be_forgotten(deployed: DeployedStack) -> None:
    for queue in ("PollDeadLetterQueue", "PollScheduleDeadLetterQueue", "ReconcileDeadLetterQueue"):
        deployed.put(queue, failure({}))
    findings = list(replay(deployed.stack, forget_polls=False))[3:]
    assert [str(finding.level) for finding in findings] == ["warn", "warn", "warn", "ok"]
    assert {finding.remedy for finding in findings[:3]} == {
        "When their reason is clear: make replay STACK=stack FORGET_POLLS=1"
    }

    findings = list(replay(deployed.stack, forget_polls=True))[3:]
    assert [finding.text for finding in findings] == [
        "1 deleted; the next successful polls go on at the cursor.",
        "1 deleted; the next successful polls go on at the cursor.",
        "1 deleted; the next successful reconciliations go on at the cursor.",
        "0 deleted; the next successful reconciliations go on at the cursor.",
    ]
    after = [finding.text for finding in replay(deployed.stack, forget_polls=False)][3:]
    assert after == ["0 failed polls."] * 2 + ["0 failed reconciliations."] * 2


def test_more_letters_than_one_receive_brings_are_all_moved(deployed: DeployedStack) -> None:
    for number in range(25):
        deployed.put("SendDeadLetterQueue", {**INPUT, "message": str(number)})
    assert next(replay(deployed.stack, forget_polls=False)).text == "25 moved to SendQueue."
    assert {json.loads(body)["message"] for body in deployed.take("SendQueue")} == set(map(str, range(25)))


def test_a_dry_run_counts_and_moves_nothing(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.put("SendDeadLetterQueue", {**INPUT, "message": "private"})
    monkeypatch.setattr(boto3, "Session", lambda **_: deployed.session)
    assert main(["--stack", NAME, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "ok    SendDeadLetterQueue: 1 waiting.\n" in out
    assert out.count("0 waiting.") == 6
    assert main(["--stack", NAME]) == 0
    assert "ok    SendDeadLetterQueue: 1 moved to SendQueue.\n" in capsys.readouterr().out


def test_no_finding_holds_what_a_letter_says(deployed: DeployedStack) -> None:
    for queue in deployed.urls:
        deployed.put(queue, json.dumps({**INPUT, "message": "private"}))
    findings: list[Finding] = [*count(deployed.stack), *replay(deployed.stack, forget_polls=True)]
    told_of = "\n".join(map(str, findings))
    assert not [secret for secret in ("private", "5551234567", "5558675309") if secret in told_of]


def test_a_count_that_aws_refuses_ends_the_command(deployed: DeployedStack) -> None:
    with refusing("GetQueueAttributes", "AccessDenied"), pytest.raises(ClientError):
        list(count(deployed.stack))
