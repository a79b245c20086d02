"""Whether the stack's schedule polls, and whether the cursors of polls keep up."""

import json
import time
from collections.abc import Callable, Iterator

from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.errors import ConnectionConfigError, InvalidInputError
from twilio_connector.instants import iso_second
from twilio_connector.polling.cursor_item import cursor_key
from twilio_connector.polling.inputs import PollInputs


def check_polling(stack: Stack, connection: str, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """What polls *connection*: the stack's schedule and its cursor, or else a cursor that something else moves.

    *clock* gives seconds since the epoch.
    """
    subject = Subject(f"polling {connection}")
    if connection == stack.parameters["PollConnection"]:
        yield from _check_schedule(stack, subject, clock)
        return
    missing = subject.warn(
        "The stack's schedule polls another connection, and this one has no cursor for all of its messages.",
        "If it should be polled, give it a schedule: docs/connections.md. Polls with from or to have other cursors.",
    )
    yield _judged(stack, subject, cursor_key(connection, None, None), clock, missing, fails=False)


def _check_schedule(stack: Stack, subject: Subject, clock: Callable[[], float]) -> Iterator[Finding]:
    """The state of the schedule and, if it is on, the cursor that it moves."""
    name = stack.physical_id("PollingSchedule")
    schedule = stack.clients.scheduler.get_schedule(Name=name)
    wanted = stack.parameters["PollEnabled"] == "true"
    if schedule["State"] == "ENABLED":
        yield subject.ok(f"The schedule is on: {schedule['ScheduleExpression']}.")
        yield from _check_cursor(stack, subject, schedule["Target"].get("Input", "{}"), clock)
    elif wanted:
        yield subject.fail(
            "The schedule was switched off by hand, though PollEnabled is true.",
            f"Enable it in the console: EventBridge, Schedules, {name}. Nothing is lost: polls continue at the cursor.",
        )
    else:
        yield subject.warn(
            "The schedule is off, as PollEnabled says: new messages are published only if you invoke the function.",
            "If you want polls: sam deploy --parameter-overrides PollEnabled=true",
        )


def _check_cursor(stack: Stack, subject: Subject, given: str, clock: Callable[[], float]) -> Iterator[Finding]:
    try:
        inputs = PollInputs.parse(json.loads(given))
        filters = inputs.filters(stack.connections.get(inputs.connection).default_country)
    except ConnectionConfigError as exc:
        yield subject.fail(f"The schedule polls a connection that cannot be used. {exc}", "Fix it, or PollConnection.")
        return
    except (InvalidInputError, ValueError) as exc:
        yield subject.fail(f"Each poll refuses the schedule's input. {exc}", "Correct it in the console: Schedules.")
        return
    key = cursor_key(inputs.connection, filters.sender, filters.recipient)
    missing = subject.warn("It has no cursor yet: no poll has succeeded.", f"Wait for the first: {_logs(stack)}")
    yield _judged(stack, subject, key, clock, missing, fails=True)


def _judged(
    stack: Stack, subject: Subject, key: str, clock: Callable[[], float], missing: Finding, *, fails: bool
) -> Finding:
    """How far the cursor *key* is behind, which *fails* if it is too far; *missing* if there is none."""
    item = stack.clients.dynamodb.get_item(
        TableName=stack.outputs["StateTableName"], Key={"pk": {"S": key}, "sk": {"S": "cursor"}}, ConsistentRead=True
    ).get("Item", {})
    if "at" not in item:
        return missing
    at = int(item["at"]["N"])
    lag, tolerated = max(0, int(clock()) - at), int(stack.parameters["CursorLagAlarmSeconds"])
    if lag <= tolerated:
        return subject.ok(f"The cursor is at {iso_second(at)}, {lag} s behind.")
    find = subject.fail if fails else subject.warn
    return find(
        f"The cursor is at {iso_second(at)}, {lag} s behind; CursorLagAlarmSeconds is {tolerated}.",
        f"See why polls fail or are truncated; nothing is lost meanwhile: {_logs(stack)}",
    )


def _logs(stack: Stack) -> str:
    return stack.logs_command("poll")
