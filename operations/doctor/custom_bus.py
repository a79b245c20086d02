"""Whether the stack's Custom Event Bus exists and accepts events, if the stack publishes on one."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from operations.findings import Finding, Subject
from operations.stack import Stack

SUBJECT = Subject("bus")


def check_custom_bus(stack: Stack) -> Iterator[Finding]:
    """A failure if it cannot accept events, else how long it retains them."""
    if not (arn := stack.custom_bus_arn):
        return
    region, account, name = arn.split(":")[3], arn.split(":")[4], arn.split("/")[1]
    if region != stack.clients.region:
        yield SUBJECT.fail(
            f"The Custom Event Bus {name} is in {region}, and the stack in {stack.clients.region}: nothing reaches it.",
            "Set CustomEventBusArn to a bus of the stack's region.",
        )
        return
    try:
        described = stack.clients.custom_bus.describe_event_bus(EventBusArn=arn)
    except ClientError as exc:
        code = exc.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            yield SUBJECT.fail(
                f"There is no Custom Event Bus {name} of that ARN: events wait in the undelivered queue.",
                "A bus that was made again has another ARN: set CustomEventBusArn to that, and the events go there.",
            )
        elif code.startswith("AccessDenied"):
            yield SUBJECT.warn(
                f"The Custom Event Bus {name} may not be described with your credentials.",
                f"It is of the account {account}; allow events:DescribeEventBus, or ask whose it is.",
            )
        else:
            raise
        return
    if (state := described.get("State", "ACTIVE")) != "ACTIVE":
        yield SUBJECT.fail(
            f"The Custom Event Bus {name} is {state}: it accepts no events. They wait in the undelivered queue.",
            str(described.get("StateReason") or "Wait until it is ACTIVE, or make another and name that."),
        )
        return
    days = described.get("StorageConfiguration", {}).get("RetentionPeriodInDays")
    kept = f", and retains events for {days} days" if days else ""
    yield SUBJECT.ok(f"The Custom Event Bus {name} is ACTIVE{kept}.")
