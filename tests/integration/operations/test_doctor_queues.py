"""What the doctor says of queues that are not empty, or not read."""

import pytest

from operations.doctor.queues import check_queues
from operations.queues import QUEUES, WatchedQueue
from tests.support.deployed_stack import DeployedStack, told


def test_empty_queues_that_are_read_are_ok(deployed: DeployedStack) -> None:
    assert told(list(check_queues(deployed.stack))) == [("ok", "queues")]


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_a_message_in_any_of_them_is_told(deployed: DeployedStack, queue: WatchedQueue) -> None:
    url = deployed.outputs[queue.output]
    for number in range(2):
        deployed.world.sqs.send_message(QueueUrl=url, MessageBody=f"private {number}")
    # One in flight counts, too.
    deployed.world.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    [finding] = check_queues(deployed.stack)
    level = "FAIL" if queue.fails else "warn"
    assert told([finding]) == [(level, queue.name)]
    assert finding.text == f"2 waiting: {queue.means}."
    assert "{stack}" not in finding.remedy


def test_the_queues_that_hold_failed_sends_and_events_name_the_replay(deployed: DeployedStack) -> None:
    for queue in QUEUES:
        deployed.world.sqs.send_message(QueueUrl=deployed.outputs[queue.output], MessageBody="x")
    findings = list(check_queues(deployed.stack))
    failed = [finding for finding in findings if finding.level == "FAIL"]
    assert {finding.remedy for finding in failed} == {"Fix the cause, then: make replay STACK=stack"}
    assert (len(failed), len(findings)) == (3, 8)


def test_a_queue_that_nothing_reads_fails(deployed: DeployedStack) -> None:
    deployed.functions.mapping_state = "Disabled"
    findings = list(check_queues(deployed.stack))
    assert told(findings) == [("FAIL", "SendQueueMapping"), ("FAIL", "UndeliveredQueueMapping")]
    assert "update-event-source-mapping --uuid uuid-of-SendSmsFunction --enabled" in findings[0].remedy
