"""Whether status callbacks arrive, by the two counts of ``docs/metrics.md``. It does not look at single messages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.invocation.observability import NAMESPACE
from twilio_connector.twilio.statuses import RECONCILIATION, WEBHOOK

WINDOW = timedelta(hours=24)
# The same as in CallbackCountAlarm.
ENOUGH, PERCENT = 50, 90


def check_callback_counts(stack: Stack, now: datetime | None = None) -> Iterator[Finding]:
    """The final statuses of the 24 hours before *now* by the webhook, and those that reconciliation published."""
    subject, now = Subject("callbacks"), now or datetime.now(UTC)
    called, reconciled = (_counted(stack, origin, now) for origin in (WEBHOOK, RECONCILIATION))
    took = f"In 24 hours the webhook received {called} final statuses"
    beside = f"{took}, and reconciliation first published {reconciled} of this stack's texts"
    if reconciled >= ENOUGH and 100 * called < PERCENT * reconciled:
        look = stack.logs_command("webhook")
        yield subject.warn(
            f"{beside}: callbacks do not arrive.",
            f"See what it answers, and docs/runbook.md#callbackcountalarm: {look}",
        )
    elif not reconciled and stack.parameters.get("ReconcileEnabled") != "true":
        yield subject.ok(f"{took}. The total is unknown: ReconcileEnabled=true counts it.")
    else:
        yield subject.ok(f"{beside}.")


def _counted(stack: Stack, origin: str, now: datetime) -> int:
    """The sum of the count of *origin* in the window before *now*."""
    answer = stack.clients.cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="FinalStatuses",
        Dimensions=[{"Name": "service", "Value": stack.name}, {"Name": "origin", "Value": origin}],
        StartTime=now - WINDOW,
        EndTime=now,
        Period=300,
        Statistics=["Sum"],
    )
    return round(sum(point["Sum"] for point in answer["Datapoints"]))
