"""``python -m operations delete --stack NAME [--region R] [--anyway]``: what keeps a stack from being deleted.

It only looks; ``make delete`` then lets SAM delete the stack. EventBridge deletes no bus that has rules, and
CloudFormation may get to the bus when functions, queues and table are gone:
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteEventBus.html
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from botocore.exceptions import ClientError

from operations.command import arguments_of, run
from operations.findings import Finding, Subject
from operations.queues import QUEUES, queue_name
from operations.stack import Stack

SUBJECT = Subject("deletion")
# An earlier deletion that failed may have deleted these already.
_ABSENT = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
# EventBridge's own rule for an archive, which is deleted with the archive.
_OF_ARCHIVES = "Events-Archive-"


class Obstacle(NamedTuple):
    """A sentence on something that depends on the stack, and how to remove it."""

    text: str
    remedy: str


def obstacles(stack: Stack) -> Iterator[Obstacle]:
    """Everything that would end the deletion of *stack* halfway. Raises what boto3 raises."""
    if stack.parameters.get("DeletionProtection") == "true":
        yield Obstacle(
            "The state table is protected from deletion.",
            "If you no longer want that: sam deploy --parameter-overrides DeletionProtection=false",
        )
    if not stack.parameters.get("EventBusName"):
        for name, arn in _own_buses(stack):
            yield from _rules(stack, name)
            yield from _archives(stack, arn)
    yield from _importers(stack)


def check_deletion(stack: Stack) -> Iterator[Finding]:
    """For the doctor: what would keep the stack from being deleted, which may be intended."""
    found = [SUBJECT.warn(each.text, each.remedy) for each in obstacles(stack)]
    yield from found or [SUBJECT.ok("Nothing keeps the stack from being deleted.")]


def examine(stack: Stack, *, anyway: bool) -> Iterator[Finding]:
    """What keeps *stack* from being deleted (a failure unless *anyway*), and what would be deleted with it."""
    stack.progress.step("looking for what depends on the stack")
    find = SUBJECT.warn if anyway else SUBJECT.fail
    yield from (find(each.text, each.remedy) for each in obstacles(stack))
    for output in ("SendQueueUrl", *(queue.output for queue in QUEUES)):
        if waiting := _waiting(stack, output):
            yield Subject(queue_name(output)).warn(
                f"{waiting} messages in it are deleted with it.",
                f"Those of sends and events: make replay STACK={stack.name}",
            )
    yield SUBJECT.ok(
        "The cursors of polls and the keys of sends are deleted, too: a new stack polls from its first poll on."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Look whether the stack can be deleted; returns the exit status."""
    parser = arguments_of("delete", "Says what keeps a deployed stack from being deleted, and what goes with it.")
    parser.add_argument("--anyway", action="store_true", help="do not fail if something depends on the stack")
    given = parser.parse_args(arguments)
    return run(given, lambda stack: examine(stack, anyway=given.anyway))


def _waiting(stack: Stack, output: str) -> int:
    try:
        return stack.waiting(output)
    except ClientError as exc:
        if exc.response["Error"]["Code"] in _ABSENT:
            return 0
        raise


def _own_buses(stack: Stack) -> Iterator[tuple[str, str]]:
    """Name and ARN of the stack's bus with rules. The stack keeps it while it publishes on a Custom Event Bus, too."""
    if not stack.custom_bus_arn:
        yield stack.outputs["EventBusName"], stack.outputs["EventBusArn"]
        return
    for name in stack.resources("AWS::Events::EventBus"):
        yield name, stack.clients.events.describe_event_bus(Name=name)["Arn"]


def _rules(stack: Stack, bus: str) -> Iterator[Obstacle]:
    own = {name.rpartition("|")[2] for name in stack.resources("AWS::Events::Rule")}
    for page in stack.clients.events.get_paginator("list_rules").paginate(EventBusName=bus):
        for rule in page["Rules"]:
            name = rule["Name"]
            if name in own or (rule.get("ManagedBy") and name.startswith(_OF_ARCHIVES)):
                continue
            yield Obstacle(
                f"The rule {name} hangs on the bus {bus}.", _removal(stack, bus, name, rule.get("ManagedBy", ""))
            )


def _removal(stack: Stack, bus: str, rule: str, managed_by: str) -> str:
    if managed_by:
        return f"{managed_by} has made it: switch off what it is for."
    if owner := _stack_of(stack, [f"{bus}|{rule}", rule]):
        return f"Delete its stack: {stack.aws_command('cloudformation', 'delete-stack', '--stack-name', owner)}"
    named = ("--event-bus-name", bus)
    answer = stack.clients.events.list_targets_by_rule(Rule=rule, EventBusName=bus)
    commands = [stack.aws_command("events", "delete-rule", "--name", rule, *named)]
    if ids := [target["Id"] for target in answer["Targets"]]:
        commands.insert(0, stack.aws_command("events", "remove-targets", "--rule", rule, *named, "--ids", *ids))
    return f"Delete it, or the stack that it belongs to: {' && '.join(commands)}"


def _stack_of(stack: Stack, physical_ids: Sequence[str]) -> str:
    """The stack that made the resource with one of these IDs; blank if no stack did, or if that cannot be found out."""
    for physical_id in physical_ids:
        with suppress(ClientError):
            answer = stack.clients.cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)
            if answer["StackResources"]:
                return answer["StackResources"][0]["StackName"]
    return ""


def _archives(stack: Stack, bus_arn: str) -> Iterator[Obstacle]:
    own = set(stack.resources("AWS::Events::Archive"))
    for archive in stack.clients.events.list_archives(EventSourceArn=bus_arn)["Archives"]:
        name = archive["ArchiveName"]
        if name not in own:
            delete = stack.aws_command("events", "delete-archive", "--archive-name", name)
            yield Obstacle(f"The archive {name} is of the bus.", f"Delete it, and what it holds: {delete}")


def _importers(stack: Stack) -> Iterator[Obstacle]:
    importing = [name for export in stack.exports for name in _imports(stack, export)]
    for name in dict.fromkeys(importing):
        delete = stack.aws_command("cloudformation", "delete-stack", "--stack-name", name)
        yield Obstacle(f"The stack {name} uses this one.", f"Delete it first: {delete}")


def _imports(stack: Stack, export: str) -> Sequence[str]:
    try:
        return stack.clients.cloudformation.list_imports(ExportName=export)["Imports"]
    except ClientError as exc:
        # An export that no stack imports is an error to CloudFormation.
        if exc.response["Error"]["Code"] == "ValidationError":
            return []
        raise
