"""The end of a stack that others hang on, by the commands that the pages name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import LocalAws
from local.sam import PROJECT_ROOT
from tests.support.deployed_configuration import wait_until
from tests.support.documents import run

CONSUMER = "failed-deliveries"
SCHEDULE = "twilio-connector-marketing"


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    """A stack of its own, to be deleted."""
    with LocalAws() as local:
        local.deploy()
        yield local


def deploy_example(aws: LocalAws, name: str, stack: str, **parameters: str) -> None:
    template = PROJECT_ROOT / "docs" / "examples" / name
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    aws.cloudformation.create_stack(StackName=stack, TemplateBody=template.read_text(), Parameters=given)  # type: ignore[arg-type]  # a literal of boto3's
    aws.cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


def status(aws: LocalAws) -> str:
    """Of the connector's stack; blank once it is gone."""
    stacks = aws.cloudformation.list_stacks()["StackSummaries"]
    found = [each["StackStatus"] for each in stacks if each["StackName"] == aws.stack_name]
    return "" if "DELETE_COMPLETE" in found or not found else found[0]


@pytest.mark.endurance
def test_a_stack_with_consumers_is_kept_until_they_are_gone_and_then_deleted(aws: LocalAws, tmp_path: Path) -> None:
    deploy_example(aws, "rule-to-queue.yaml", CONSUMER, EventBusName=aws.outputs["EventBusName"])
    deploy_example(aws, "poll-schedule.yaml", SCHEDULE, PollConnection="marketing")
    bus = aws.outputs["EventBusName"]
    aws.events.put_rule(Name="by-hand", EventBusName=bus, EventPattern='{"source": ["twilio.connector"]}')
    delete = f"make delete STACK={aws.stack_name} YES=1"

    told = run(f"! {delete}", aws.environment, tmp_path)

    assert "by-hand hangs on the bus" in told
    assert f"The stack {SCHEDULE} uses this one." in told
    assert "FailedDeliveryRule" in told
    assert status(aws) == "CREATE_COMPLETE"

    # Who lets CloudFormation try all the same is refused halfway, and can go on from there.
    for stack in (SCHEDULE, CONSUMER):
        run(f"aws cloudformation delete-stack --stack-name {stack}", aws.environment, tmp_path)
    aws.cloudformation.get_waiter("stack_delete_complete").wait(StackName=CONSUMER, WaiterConfig={"Delay": 1})
    aws.cloudformation.delete_stack(StackName=aws.stack_name)
    wait_until(lambda: status(aws) == "DELETE_FAILED")
    told = run(f"! {delete}", aws.environment, tmp_path)
    (remedy,) = [line for line in told.splitlines() if "aws events delete-rule --name by-hand" in line]
    run(remedy.partition(": ")[2], aws.environment, tmp_path)

    run(delete, aws.environment, tmp_path)

    assert status(aws) == ""
    assert bus not in [each["Name"] for each in aws.events.list_event_buses()["EventBuses"]]
