"""Whether the stack's log groups exist: its functions may not make one again after somebody has deleted it."""

from collections.abc import Iterator

from operations.findings import Finding, Subject
from operations.stack import Stack


def check_log_groups(stack: Stack) -> Iterator[Finding]:
    """A failure for each that is missing: without it there are neither logs nor the metrics that alarms watch."""
    subject = Subject("log groups")
    names = stack.resources("AWS::Logs::LogGroup")
    missing = [name for name in names if not _exists(stack, name)]
    for name in missing:
        make = stack.aws_command("logs", "create-log-group", "--log-group-name", name)
        days = stack.parameters.get("LogRetentionDays", "30")
        keep = stack.aws_command("logs", "put-retention-policy", "--log-group-name", name, "--retention-in-days", days)
        yield subject.fail(
            f"{name} is missing: what is logged there is lost, and so are metrics and their alarms.",
            f"Make it again: {make} && {keep}",
        )
    if not missing:
        yield subject.ok(f"All {len(names)} are there.")


def _exists(stack: Stack, name: str) -> bool:
    pages = stack.clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    return any(group["logGroupName"] == name for page in pages for group in page["logGroups"])
