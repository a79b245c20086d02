"""All checks, in the order in which one would look."""

from collections.abc import Iterator, Sequence

from operations.deletion import check_deletion
from operations.doctor.account import check_account
from operations.doctor.alarm_topic import check_alarm_topic
from operations.doctor.callback_counts import check_callback_counts
from operations.doctor.code import check_code
from operations.doctor.credentials import check_auth_token, check_credentials
from operations.doctor.custom_bus import check_custom_bus
from operations.doctor.log_groups import check_log_groups
from operations.doctor.numbers import check_numbers, check_services
from operations.doctor.queues import check_queues
from operations.doctor.reconciling import check_reconciling
from operations.doctor.round_trip import check_round_trip
from operations.doctor.schedule import check_polling
from operations.doctor.secrets import check_secret
from operations.doctor.webhook_rules import check_webhook_rules
from operations.findings import Finding, Level, Subject
from operations.stack import Stack
from twilio_connector.connections.connection import DEFAULT_CONNECTION


def examine(stack: Stack, connections: Sequence[str] = (), deliver_to: str = "") -> Iterator[Finding]:
    """What there is to say of *stack* and of *connections*, by default the one of that name and the polled one.

    The probe of the webhook goes to the base URL *deliver_to* where that is given.
    """
    yield from _check_stack(stack)
    yield from _examined(stack, "code", check_code(stack))
    yield from _examined(stack, "account", check_account(stack))
    yield from _examined(stack, "log groups", check_log_groups(stack))
    yield from _examined(stack, "alarms", check_alarm_topic(stack))
    yield from _examined(stack, "bus", check_custom_bus(stack))
    polled = stack.parameters["PollConnection"]
    for name in dict.fromkeys(connections or [DEFAULT_CONNECTION, polled]):
        yield from _examine_connection(stack, name, deliver_to)
    for name in dict.fromkeys(connections or [polled]):
        yield from _examined(stack, f"polling {name}", check_polling(stack, name))
    yield from _examined(stack, "reconciling", check_reconciling(stack))
    yield from _examined(stack, "callbacks", check_callback_counts(stack))
    yield from _examined(stack, "queues", check_queues(stack))
    yield from _examined(stack, "deletion", check_deletion(stack))


def _examined(stack: Stack, name: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    stack.progress.step(f"examining: {name}")
    yield from Subject(name).examined(findings)


def _check_stack(stack: Stack) -> Iterator[Finding]:
    subject = Subject("stack")
    events = stack.aws_command("cloudformation", "describe-stack-events", "--stack-name", stack.name)
    if stack.status.endswith("_COMPLETE") and "ROLLBACK" not in stack.status:
        yield subject.ok(f"{stack.name} is {stack.status}.")
    elif stack.status.endswith("_IN_PROGRESS"):
        what_follows = f"{stack.name} is {stack.status}: what follows may change."
        yield subject.warn(what_follows, "Wait for the deployment's end.")
    elif stack.status == "UPDATE_ROLLBACK_COMPLETE":
        yield subject.warn(f"{stack.name} works, but its last deployment was rolled back.", f"See why: {events}")
    else:
        yield subject.fail(f"{stack.name} is {stack.status}.", f"See why, and deploy again: {events}")


def _examine_connection(stack: Stack, name: str, deliver_to: str) -> Iterator[Finding]:
    """The checks of one connection, each of which needs the secret, and all but the first Twilio's word."""
    found = list(_examined(stack, f"secret {name}", check_secret(stack, name)))
    yield from found
    if found[-1].level is Level.FAIL:
        return
    credentials = list(_examined(stack, f"credentials {name}", check_credentials(stack, name)))
    yield from credentials
    if credentials[-1].level is Level.OK:
        yield from _examined(stack, f"numbers {name}", check_numbers(stack, name))
        yield from _examined(stack, f"messaging services {name}", check_services(stack, name))
        yield from _examined(stack, f"webhook rules {name}", check_webhook_rules(stack, name))
    token = list(_examined(stack, f"auth token {name}", check_auth_token(stack, name)))
    yield from token
    if token[-1].level is Level.OK:
        yield from _examined(stack, f"webhook {name}", check_round_trip(stack, name, deliver_to))
