"""Whether the stack's schedule polls, and whether its cursor keeps up."""

import json
import time
from collections.abc import Callable, Iterator

from scripts.findings import About, Finding
from scripts.stack import Stack
from twilio_connector.cursors import cursor_key
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.messages import iso_second
from twilio_connector.poll_inputs import PollInputs


def check_schedule(stack: Stack, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """The state of the schedule and, if it is on, the cursor that it moves. *clock* gives seconds since the epoch."""
    about = About("polling")
    name = stack.physical_id("PollingSchedule")
    schedule = stack.scheduler.get_schedule(Name=name)
    wanted = stack.parameters["PollEnabled"] == "true"
    if schedule["State"] == "ENABLED":
        yield about.ok(f"The schedule is on: {schedule['ScheduleExpression']}.")
        yield from _check_cursor(stack, schedule["Target"].get("Input", "{}"), clock)
    elif wanted:
        yield about.fail(
            "The schedule was switched off by hand, though PollEnabled is true.",
            f"Switch it on in the console: EventBridge, Schedules, {name}. Nothing is lost: polls go on at the cursor.",
        )
    else:
        yield about.warn(
            "The schedule is off, as PollEnabled says: new messages are published only if you invoke the function.",
            "If you want polls: sam deploy --parameter-overrides PollEnabled=true",
        )


def _check_cursor(stack: Stack, given: str, clock: Callable[[], float]) -> Iterator[Finding]:
    about = About("polling")
    inputs = PollInputs.parse(json.loads(given))
    try:
        country = stack.connections.get(inputs.connection).default_country
    except ConnectionConfigError as exc:
        yield about.fail(f"The schedule polls a connection that cannot be used. {exc}", "Mend it, or PollConnection.")
        return
    filters = inputs.filters(country)
    key = cursor_key(inputs.connection, filters.sender, filters.recipient)
    item = stack.dynamodb.get_item(
        TableName=stack.outputs["StateTableName"], Key={"pk": {"S": key}, "sk": {"S": "cursor"}}, ConsistentRead=True
    ).get("Item", {})
    if "at" not in item:
        yield about.warn("It has no cursor yet: no poll has succeeded.", f"Wait for the first: {_logs(stack)}")
        return
    at = int(item["at"]["N"])
    lag, tolerated = max(0, int(clock()) - at), int(stack.parameters["CursorLagAlarmSeconds"])
    if lag > tolerated:
        yield about.fail(
            f"The cursor stands at {iso_second(at)}, {lag} s behind; CursorLagAlarmSeconds is {tolerated}.",
            f"See why polls fail or are truncated; nothing is lost meanwhile: {_logs(stack)}",
        )
    else:
        yield about.ok(f"The cursor is at {iso_second(at)}, {lag} s behind.")


def _logs(stack: Stack) -> str:
    return stack.logs_command("poll")
