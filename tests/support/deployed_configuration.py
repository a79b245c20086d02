"""The deployed stack in another configuration, for a while, and waiting for what it does."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from local.aws import LocalAws

if TYPE_CHECKING:
    from mypy_boto3_scheduler.literals import ScheduleStateType
    from mypy_boto3_sqs.literals import QueueAttributeNameType

PATIENCE_SECONDS = 180.0


@contextmanager
def configured(aws: LocalAws, outputs: Iterable[str], timeout: int | None = None, **variables: str) -> Iterator[None]:
    """Let the functions of the outputs run with that timeout and these variables; then as they did before."""
    before = [aws.lambda_.get_function_configuration(FunctionName=aws.outputs[output]) for output in outputs]
    try:
        for one in before:
            environment = {**one["Environment"]["Variables"], **variables}
            aws.lambda_.update_function_configuration(
                FunctionName=one["FunctionName"],
                Timeout=timeout or one["Timeout"],
                Environment={"Variables": environment},
            )
        yield
    finally:
        for one in before:
            aws.lambda_.update_function_configuration(
                FunctionName=one["FunctionName"],
                Timeout=one["Timeout"],
                Environment={"Variables": one["Environment"]["Variables"]},
            )


@contextmanager
def send_queue(aws: LocalAws, *, visibility: int, batch: int, receives: int = 5) -> Iterator[None]:
    """Let the send queue hand out *batch* records at a time, each *receives* times, *visibility* seconds apart."""
    url = aws.outputs["SendQueueUrl"]
    mappings = aws.lambda_.list_event_source_mappings(FunctionName=aws.outputs["SendSmsFunction"])
    (mapping,) = mappings["EventSourceMappings"]
    names: Sequence[QueueAttributeNameType] = ("VisibilityTimeout", "RedrivePolicy")
    before = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    redrive = json.dumps({**json.loads(before["RedrivePolicy"]), "maxReceiveCount": receives})
    aws.sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": str(visibility), "RedrivePolicy": redrive}
    )
    aws.lambda_.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=batch)
    try:
        yield
    finally:
        aws.lambda_.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=mapping["BatchSize"])
        aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: before[name] for name in names})


@contextmanager
def unread(aws: LocalAws, function: str) -> Iterator[None]:
    """Keep a function from reading its queue."""
    mappings = aws.lambda_.list_event_source_mappings(FunctionName=aws.outputs[function])
    (mapping,) = mappings["EventSourceMappings"]
    aws.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        aws.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def redelivery_paused(aws: LocalAws) -> AbstractContextManager[None]:
    """Leave events in the undelivered queue."""
    return unread(aws, "RedeliverFunction")


@contextmanager
def scheduled(
    aws: LocalAws, given: Mapping[str, str] | None = None, state: "ScheduleStateType" = "ENABLED"
) -> Iterator[None]:
    """Switch the shipped schedule on, or off, by hand, with these in its input."""
    scheduler, name = aws.session.client("scheduler"), aws.physical_id("PollingSchedule")
    before = scheduler.get_schedule(Name=name)
    target = before["Target"]
    switch = partial(
        scheduler.update_schedule,
        Name=name,
        ScheduleExpression=before["ScheduleExpression"],
        FlexibleTimeWindow=before["FlexibleTimeWindow"],
    )
    switch(State=state, Target={**target, "Input": json.dumps({**json.loads(target["Input"]), **(given or {})})})
    try:
        yield
    finally:
        switch(State=before["State"], Target=target)


@contextmanager
def parameters(aws: LocalAws, **values: str) -> Iterator[None]:
    """Update the stack with these parameters, and then to what they were."""
    (stack,) = aws.cloudformation.describe_stacks(StackName=aws.stack_name)["Stacks"]
    before = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}

    def update(to: Mapping[str, str]) -> None:
        aws.cloudformation.update_stack(
            StackName=aws.stack_name,
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in to.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        waiter = aws.cloudformation.get_waiter("stack_update_complete")
        waiter.wait(StackName=aws.stack_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    update({**before, **values})
    try:
        yield
    finally:
        update(before)


def count_messages(aws: LocalAws, output: str) -> int:
    """How many messages there are in a queue, those included that are hidden for a while."""
    names: Sequence[QueueAttributeNameType] = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    )
    counted = aws.sqs.get_queue_attributes(QueueUrl=aws.outputs[output], AttributeNames=names)["Attributes"]
    return sum(int(counted[name]) for name in names)


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds, which is looked at every second; fail if it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to an end"
        time.sleep(1)
