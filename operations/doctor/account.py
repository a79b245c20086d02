"""How many invocations at once the account allows. New accounts often start with ten.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from collections.abc import Iterator

from operations.findings import Finding, Subject
from operations.stack import Stack

# Below this, the stack's own maximum (five batches of sends, two of events, a poll) leaves too little for the rest.
ENOUGH = 50
WANTED = 1000
# Service Quotas' name of Lambda's "Concurrent executions".
QUOTA = "L-B99A9384"


def check_account(stack: Stack) -> Iterator[Finding]:
    """Whether enough functions may run at once in the whole account and this region."""
    subject = Subject("account")
    most = stack.clients.functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if most >= ENOUGH:
        yield subject.ok(f"Lambda runs up to {most} functions at once.")
        return
    more = ("service-quotas", "request-service-quota-increase", "--service-code", "lambda")
    increase = stack.aws_command(*more, "--quota-code", QUOTA, "--desired-value", str(WANTED))
    yield subject.warn(
        f"Lambda runs at most {most} functions of the account at once, all stacks together: a flood of webhooks or a "
        "backlog of sends throttles everything.",
        f"Ask for more: {increase}",
    )
