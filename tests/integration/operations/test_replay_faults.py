"""A replay that dies in between loses nothing, and the one after it texts nobody twice."""

import json

import pytest

from operations.replay import dead_letters
from operations.replay.replaying import replay
from tests.support.aws_faults import refusing
from tests.support.deployed_stack import DeployedStack, told

INPUT = {"to": "+15551234567", "from": "+15558675309", "message": "Hello"}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)


@pytest.mark.parametrize("operation", ["ReceiveMessage", "SendMessage", "DeleteMessage"])
@pytest.mark.parametrize("after", range(3))
def test_a_replay_that_dies_at_any_call_loses_nothing_and_texts_nobody_twice(
    deployed: DeployedStack, operation: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What it had received is visible again at once, rather than after minutes.
    monkeypatch.setattr(dead_letters, "HIDDEN_SECONDS", 0)
    texts = [{**INPUT, "message": f"text {number}"} for number in range(3)]
    for text in texts:
        deployed.put("SendDeadLetterQueue", text)
    with refusing(operation, "InternalError", after):
        list(replay(deployed.stack, forget_polls=False))
    list(replay(deployed.stack, forget_polls=False))

    assert deployed.take("SendDeadLetterQueue") == []
    replayed = deployed.take("SendQueue")
    assert len(replayed) == 3 + (operation == "DeleteMessage")
    deliver(deployed, replayed)
    sent = sorted(str(message.body) for message in deployed.world.twilio.messages)
    assert sent == [text["message"] for text in texts]


def test_a_text_that_was_sent_after_all_is_not_sent_again(deployed: DeployedStack) -> None:
    message_id = deployed.put("SendDeadLetterQueue", INPUT)
    deliver(deployed, [json.dumps(INPUT)], message_id)
    list(replay(deployed.stack, forget_polls=False))
    deliver(deployed, deployed.take("SendQueue"), "another-id")
    assert len(deployed.world.twilio.messages) == 1


def deliver(deployed: DeployedStack, replayed: list[str], message_id: str = "new") -> None:
    """Let the deployed function send what the send queue holds; each has a new message ID there."""
    records = [
        {"messageId": f"{message_id}-{number}" if number else message_id, "receiptHandle": "r", "body": body}
        for number, body in enumerate(replayed)
    ]
    answer = deployed.world.invoke("send_sms", {"Records": records})
    assert answer == {"batchItemFailures": []}


def test_a_failure_in_between_is_told_with_what_was_moved(deployed: DeployedStack) -> None:
    for number in range(3):
        deployed.put("SendDeadLetterQueue", {**INPUT, "message": str(number)})
    with refusing("SendMessage", "AccessDenied", after=2):
        findings = list(replay(deployed.stack, forget_polls=False))
    assert told(findings[:1]) == [("FAIL", "SendDeadLetterQueue")]
    assert findings[0].text == (
        "Your AWS credentials may not call SendMessage on this. 2 had been moved to SendQueue; the others are still "
        "here."
    )


def test_an_unexpected_end_leaves_unreplayable_letters_visible(deployed: DeployedStack) -> None:
    left = deployed.put("SendDeadLetterQueue", "no json")
    deployed.put("SendDeadLetterQueue", INPUT)
    with refusing("SendMessage", "InternalError"):
        list(replay(deployed.stack, forget_polls=False))
    received = deployed.world.sqs.receive_message(QueueUrl=deployed.urls["SendDeadLetterQueue"], MaxNumberOfMessages=10)
    assert [message["MessageId"] for message in received["Messages"]] == [left]
