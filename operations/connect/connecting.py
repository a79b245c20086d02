"""Connecting a number or a messaging service to the stack's webhook, step by step, and undoing it."""

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from operations.connect.at_twilio import again, change, find_number, find_service, service_of
from operations.connect.former import FormerValues, Kept, key_of
from operations.connect.shown import shown
from operations.connect.target import NUMBER, SERVICE, Target, Values
from operations.doctor.credentials import client_of
from operations.findings import Finding, Subject
from operations.stack import Stack, StackError
from twilio_connector.errors import TwilioAuthenticationError, TwilioConnectorError
from twilio_connector.twilio.api import CONNECTION_OVERRIDES


@dataclass(frozen=True)
class Asked:
    """What the operator asks for: *number* or *service*. *confirmed* asks; it raises if nobody can answer."""

    confirmed: Callable[[], bool]
    connection: str
    number: str = ""
    service: str = ""
    fallback: str = ""
    clear_application: bool = False
    restore: bool = False
    dry_run: bool = False


def connect(stack: Stack, asked: Asked) -> Iterator[Finding]:
    """What is set, what is to change, and whether Twilio has accepted it. Nothing changes without a yes."""
    yield from Subject("connect").examined(_connect_or_restore(stack, asked))


def _connect_or_restore(stack: Stack, asked: Asked) -> Iterator[Finding]:
    stack.progress.step("looking it up at Twilio")
    try:
        client = client_of(stack, asked.connection)
        target = find_number(client, asked.number) if asked.number else find_service(client, asked.service)
    except TwilioAuthenticationError as exc:
        raise StackError(
            f"These credentials may not look at it. {exc}",
            f"Give CONNECTION a key that may, or set it in Twilio's console to {_url(stack, asked)}, by POST",
        ) from exc
    subject, steps = Subject(target.label), _restore if asked.restore else _connect
    yield from subject.examined(steps(stack, asked, target, subject))


def _connect(stack: Stack, asked: Asked, target: Target, subject: Subject) -> Iterator[Finding]:
    url, kind = _url(stack, asked), target.kind
    _refuse(stack, asked, target)
    if kind is NUMBER:
        yield from _membership(stack, asked, target, subject)
    wanted = kind.connected(target.values, url, asked.fallback)
    if wanted == target.values:
        yield subject.ok(f"It sends inbound texts to {url} already.")
        return
    yield from _changes(target, wanted, subject)
    if not (yield from _allowed(stack, asked, target, subject)):
        return
    stack.progress.step(f"connecting {target.label}")
    former = FormerValues(stack.clients.dynamodb, stack.outputs["StateTableName"])
    kept = former.of(target.sid)
    if kept.former and (_is_connected(stack, asked, target, kept) or kept.former[-1] == target.values):
        former.name(target.sid, kept, url)
    else:
        former.keep(target.sid, kept, target.values, url)
    change(client_of(stack, asked.connection), target, wanted)
    yield subject.ok(f"It sends inbound texts to {url}. RESTORE=1 puts back what was there.")


def _restore(stack: Stack, asked: Asked, target: Target, subject: Subject) -> Iterator[Finding]:
    former = FormerValues(stack.clients.dynamodb, stack.outputs["StateTableName"])
    kept = former.of(target.sid)
    if not kept.former:
        raise StackError(
            "This stack keeps nothing of what was there.", "Nothing was changed. Set it in Twilio's console."
        )
    wanted = {**target.values, **kept.former[-1]}
    if wanted == target.values:
        if not asked.dry_run:
            former.forget_last(target.sid, kept)
        yield subject.ok("It is as it was.")
        return
    if not _is_connected(stack, asked, target, kept):
        item = stack.aws_command(
            "dynamodb",
            "get-item",
            "--table-name",
            stack.outputs["StateTableName"],
            "--key",
            json.dumps(key_of(target.sid)),
        )
        raise StackError(
            f"It does not lead to the stack any more, but to {shown(target.values[target.kind.url])}: "
            "somebody has changed it since, and nothing was put back.",
            f"To undo that change, see what was there, and set it in Twilio's console: {item}",
        )
    yield from _changes(target, wanted, subject)
    if not (yield from _allowed(stack, asked, target, subject)):
        return
    stack.progress.step(f"putting back {target.label}")
    change(client_of(stack, asked.connection), target, wanted)
    former.forget_last(target.sid, kept)
    yield subject.ok("It is as it was.")


def _refuse(stack: Stack, asked: Asked, target: Target) -> None:
    """Raise :class:`StackError` if the stack would receive nothing from the number, or less than before."""
    known = stack.connections.get(asked.connection)
    if not stack.connections.can_receive(known):
        raise StackError(
            f"The connection {asked.connection} has no auth token, so that its webhook refuses everything.",
            "Add authToken to its secret first.",
        )
    if not target.takes_texts:
        raise StackError("It cannot receive texts.", "Name a number that can.")
    if target.kind is NUMBER and target.values[NUMBER.bypass] and not asked.clear_application:
        raise StackError(
            f"It belongs to the application {target.values[NUMBER.bypass]}, so that Twilio ignores its own URL.",
            "CLEAR_APPLICATION=1 takes it out, for texts alone; RESTORE=1 would put it back.",
        )


def _membership(stack: Stack, asked: Asked, target: Target, subject: Subject) -> Iterator[Finding]:
    """A warning where a messaging service decides about the number's texts, or where that cannot be known."""
    try:
        service = service_of(client_of(stack, asked.connection), target)
    except TwilioConnectorError as exc:
        yield subject.warn(
            f"Whether it is in a messaging service could not be read. {exc}", "If it is, the service's own URL counts."
        )
        return
    if service is None:
        return
    values, sid = SERVICE.values(service), str(service.get("sid"))
    if values[SERVICE.bypass] == SERVICE.straight and not SERVICE.leads_to(values, stack.webhook_url(asked.connection)):
        yield subject.warn(
            f"It is in the messaging service {sid}, whose inbound URL counts instead: "
            f"{shown(values[SERVICE.url])}. Its own would have no effect.",
            f"Connect the service: make connect STACK={stack.name} SERVICE={sid}",
        )


def _changes(target: Target, wanted: Values, subject: Subject) -> Iterator[Finding]:
    for name, value in wanted.items():
        if value != target.values[name]:
            yield subject.ok(f"{name} is {_shown(target, name, target.values)}, to be {_shown(target, name, wanted)}.")


def _shown(target: Target, name: str, values: Values) -> str:
    urls = (target.kind.url, target.kind.fallback)
    return shown(values[name]) if name in urls else values[name] or "nothing"


def _allowed(stack: Stack, asked: Asked, target: Target, subject: Subject) -> Generator[Finding, None, bool]:
    """Whether the changes may be made: the operator says yes, and Twilio still has the settings that were shown."""
    if asked.dry_run:
        yield subject.ok("Nothing was changed: DRY_RUN=1.")
        return False
    with stack.progress.paused():
        confirmed = asked.confirmed()
    if not confirmed:
        yield subject.warn("Nothing was changed.", "Run this again, and answer y.")
        return False
    if again(client_of(stack, asked.connection), target).values != target.values:
        raise StackError("It has been changed while you were asked. Nothing was changed here.", "Run this again.")
    return True


def _is_connected(stack: Stack, asked: Asked, target: Target, kept: Kept) -> bool:
    """Whether *target* is set as this stack sets it, by its present URL or an earlier one."""
    straight = target.values[target.kind.bypass] == target.kind.straight
    return target.kind.leads_to(target.values, stack.webhook_url(asked.connection)) or (
        straight and target.values[target.kind.url] == kept.connected_to
    )


def _url(stack: Stack, asked: Asked) -> str:
    return stack.webhook_url(asked.connection) + CONNECTION_OVERRIDES
