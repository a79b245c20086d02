"""Whether the secret of a connection exists, and has a shape that the functions can read."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.connections.connection import Connection
from twilio_connector.connections.secret_fields import SECRET_FIELDS
from twilio_connector.connections.secret_value import Flaw
from twilio_connector.errors import ConnectionConfigError
from twilio_connector.strict_json import parse_json

# Any other name in a secret (the console accepts any pair) may be a credential, and is not printed.
_PRINTABLE = re.compile(r"[A-Za-z _-]{1,30}")


def check_secret(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether the secret exists and is well-formed, as the last finding says."""
    subject, secret = Subject(f"secret {name}"), stack.secret_name(name)
    try:
        connection = stack.connections.find(name)
    except ConnectionConfigError as exc:
        yield from malformed(stack, subject, name, exc)
        return
    if connection:
        yield from _misspelt(stack, subject, name)
        kind = _kind_of(connection)
        yield subject.ok(f"'{secret}' is well-formed, with {kind} for {connection.api_url}.")
    elif stack.connections.is_deleted(name):
        yield subject.fail(Flaw.DELETED.about(secret), restore_command(stack, secret))
    else:
        create = ("secretsmanager", "create-secret", "--name", secret)
        command = stack.aws_command(*create, "--secret-string", "file://connection.json")
        write = f"Write it to a file as the README shows, then: {command}"
        yield subject.fail(f"There is no secret '{secret}'.", write)


def _kind_of(connection: Connection) -> str:
    if connection.username.startswith("SK"):
        return "an API key"
    return "the auth token" if connection.username == connection.account_sid else "its parent's auth token"


def malformed(stack: Stack, subject: Subject, name: str, exc: ConnectionConfigError) -> Iterator[Finding]:
    """What *exc* says of the secret *name*, after warnings of fields that may be misspelt."""
    if "missing" in str(exc):
        yield from _misspelt(stack, subject, name, cutoff=0.0)
    yield subject.fail(str(exc), put_command(stack, stack.secret_name(name)))


def put_command(stack: Stack, secret: str) -> str:
    """The command that stores another version of *secret*."""
    put = ("secretsmanager", "put-secret-value", "--secret-id", secret)
    return stack.aws_command(*put, "--secret-string", "file://connection.json")


def restore_command(stack: Stack, secret: str) -> str:
    """The command that cancels the deletion of *secret*."""
    return stack.aws_command("secretsmanager", "restore-secret", "--secret-id", secret)


def _misspelt(stack: Stack, subject: Subject, name: str, cutoff: float = 0.8) -> Iterator[Finding]:
    """The unknown fields of the secret *name* that resemble a known one by at least *cutoff* (0 to 1).

    Other unknown fields are fine: Secrets Manager's rotation writes some of its own.
    """
    known = {_letters(field): field for field in SECRET_FIELDS}
    secret = stack.secret_cache.get(name)
    for field in parse_json(secret.text, large_integers=True) if secret else ():
        meant = get_close_matches(_letters(field), known, 1, cutoff)
        if field not in SECRET_FIELDS and meant and _PRINTABLE.fullmatch(field):
            yield subject.warn(f"The unknown field {field} is ignored.", f"Is {known[meant[0]]} meant?")


def _letters(field: str) -> str:
    return re.sub(r"[^a-z]", "", field.lower())
