"""Whether the stack's reconciliation, if it is on, runs and completes its passes."""

import json
import time
from collections.abc import Callable, Iterator

from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.errors import ConnectionConfigError, InvalidInputError
from twilio_connector.instants import iso_second
from twilio_connector.reconciling.cursor_item import cursor_key
from twilio_connector.reconciling.inputs import ReconcileInputs

# As ReconcileLagAlarm has it; in addition, the cursor is PollOverlapSeconds behind the last complete pass.
TOLERATED_SECONDS = 24 * 3600


def check_reconciling(stack: Stack, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """The state of the stack's schedule and, if it is on, the cursor that it moves. *clock* as for polls."""
    subject = Subject("reconciling")
    if stack.parameters.get("ReconcileEnabled") != "true":
        yield subject.ok("Off, as ReconcileEnabled says: statuses come by callbacks alone.")
        return
    name = stack.physical_id("ReconcilingSchedule")
    schedule = stack.clients.scheduler.get_schedule(Name=name)
    if schedule["State"] != "ENABLED":
        yield subject.fail(
            "The schedule was switched off by hand, though ReconcileEnabled is true.",
            f"Switch it on in the console: EventBridge, Schedules, {name}. Passes continue at the cursor.",
        )
        return
    yield subject.ok(f"The schedule is on: {schedule['ScheduleExpression']}.")
    yield _judged(stack, subject, schedule["Target"].get("Input", "{}"), clock)


def _judged(stack: Stack, subject: Subject, given: str, clock: Callable[[], float]) -> Finding:
    """How long ago the last complete pass of the schedule's cursor began."""
    logs = stack.logs_command("reconcile")
    try:
        inputs = ReconcileInputs.parse(json.loads(given))
        filters = inputs.filters(stack.connections.get(inputs.connection).default_country)
    except ConnectionConfigError as exc:
        return subject.fail(f"Its connection cannot be used. {exc}", "Fix it, or ReconcileConnection.")
    except (InvalidInputError, ValueError) as exc:
        return subject.fail(f"Each run refuses the schedule's input. {exc}", "Correct it in the console: Schedules.")
    key = {"pk": {"S": cursor_key(inputs.connection, filters)}, "sk": {"S": "cursor"}}
    item = stack.clients.dynamodb.get_item(TableName=stack.outputs["StateTableName"], Key=key, ConsistentRead=True).get(
        "Item", {}
    )
    if "at" not in item:
        return subject.warn("It has no cursor yet: no run has succeeded.", f"Wait for the first: {logs}")
    at, overlap = int(item["at"]["N"]), int(stack.parameters["PollOverlapSeconds"])
    lag = max(0, int(clock()) - overlap - at)
    # Messages sent before the look-back are not looked at any more, even if the look-back is short.
    if lag <= min(TOLERATED_SECONDS, inputs.look_back_seconds):
        return subject.ok(f"The cursor is at {iso_second(at)}; the last complete pass began {lag} s ago.")
    return subject.fail(
        f"The cursor is at {iso_second(at)}: no pass has been completed that began in the last {lag} s.",
        f"See why runs fail or are truncated, before messages fall out of ReconcileLookBackHours: {logs}",
    )
