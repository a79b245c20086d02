"""The operators' table of queues is what the template deploys and what the pages say."""

import json
import re

import pytest

from local.sam import PROJECT_ROOT
from operations.queues import DEAD_LETTER_QUEUES, QUEUES, Keep, Move, WatchedQueue
from tests.support.template import of_type, template

REPLAYED, FORGOTTEN = 'make replay STACK="$STACK"', 'make replay STACK="$STACK" FORGET_POLLS=1'


def commands_for(queue: WatchedQueue) -> list[str]:
    """What the runbook runs for the alarms of *queue*, line by line."""
    alarms = [
        name
        for name, alarm in of_type("AWS::CloudWatch::Alarm").items()
        if {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue.name, "QueueName"]}} in alarm.get("Dimensions", [])
    ]
    runbook = (PROJECT_ROOT / "docs" / "runbook.md").read_text()
    sections = [runbook.partition(f"\n### {alarm}\n")[2].partition("\n### ")[0] for alarm in alarms]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", "\n".join(sections), re.MULTILINE | re.DOTALL)).splitlines()


def test_every_queue_that_should_be_empty_is_in_the_table() -> None:
    assert sorted(queue.name for queue in QUEUES) == sorted(of_type("AWS::SQS::Queue").keys() - {"SendQueue"})


def test_the_dead_letter_queues_are_those_that_the_template_sends_dead_letters_to() -> None:
    found = re.findall(
        r'"(?:deadLetterTargetArn|Destination|DeadLetterConfig)": (?:{"Arn": )?{"Fn::GetAtt": \["(\w+)", "Arn"\]',
        json.dumps(template()),
    )
    assert sorted(found) == sorted(queue.name for queue in DEAD_LETTER_QUEUES)


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_the_stack_s_outputs_have_the_urls_of_queue_and_target(queue: WatchedQueue) -> None:
    outputs = template()["Outputs"]
    assert outputs[queue.output]["Value"] == {"Ref": queue.name}
    if isinstance(queue.replay, Move):
        assert outputs[queue.replay.target]["Value"]["Ref"] in of_type("AWS::SQS::Queue").keys() - {queue.name}


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_the_runbook_replays_what_can_be_replayed_and_forgets_failed_polls(queue: WatchedQueue) -> None:
    commands = commands_for(queue)
    assert commands
    assert (REPLAYED in commands) == isinstance(queue.replay, Move)
    assert (FORGOTTEN in commands) == (queue.replay is Keep.FAILED_RUNS)
    assert ("make replay" in queue.remedy) == (queue in DEAD_LETTER_QUEUES)
    assert ("FORGET_POLLS=1" in queue.remedy) == (queue.replay is Keep.FAILED_RUNS)


def test_the_page_of_the_commands_says_what_becomes_of_each_dead_letter() -> None:
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text()
    table = page.partition("| queue | becomes |\n| --- | --- |\n")[2].partition("\n\n")[0]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines()]
    becomes = {name: text for names, text in rows for name in re.findall(r"`(\w+Queue)`", names)}
    assert becomes.keys() == {queue.name for queue in DEAD_LETTER_QUEUES}
    starts = {"SendQueueUrl": "messages of the send queue", "UndeliveredQueueUrl": "messages of the undelivered queue"}
    for queue in DEAD_LETTER_QUEUES:
        match queue.replay:
            case Move(target=target):
                assert becomes[queue.name].startswith(starts[target])
            case Keep.FAILED_RUNS:
                assert re.fullmatch("nothing: .*`FORGET_POLLS=1` deletes the records", becomes[queue.name])
