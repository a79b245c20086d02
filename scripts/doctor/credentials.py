"""The secret of a connection, and whether Twilio accepts what it holds."""

from collections.abc import Iterator

from scripts.findings import About, Finding
from scripts.stack import Stack
from twilio_connector.client import TwilioClient
from twilio_connector.connection_store import auth_token_name
from twilio_connector.deadline import Deadline
from twilio_connector.errors import (
    ConnectionConfigError,
    TwilioAuthenticationError,
    TwilioThrottledError,
    TwilioUnavailableError,
)

TWILIO_SECONDS = 20.0


def client_of(stack: Stack, connection: str) -> TwilioClient:
    """A client that acts for *connection* with what the caller can read of it."""
    return TwilioClient(stack.connections, connection, Deadline.after(TWILIO_SECONDS))


def check_secret(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether the secret is there and has a shape that the functions read."""
    about = About(f"secret {name}")
    secret = stack.parameters["ConnectionPrefix"] + name
    try:
        connection = stack.connections.find(name)
    except ConnectionConfigError as exc:
        yield about.fail(str(exc), _put(stack, secret))
        return
    if not connection:
        create = ("secretsmanager", "create-secret", "--name", secret)
        command = stack.aws_command(*create, "--secret-string", "file://connection.json")
        yield about.fail(f"There is no secret '{secret}'.", f"Write it to a file as the README shows, then: {command}")
        return
    kind = "the auth token" if connection.username == connection.account_sid else "an API key"
    yield about.ok(f"'{secret}' is well-formed, with {kind} for {connection.api_url}.")


def check_credentials(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether Twilio lists a message for them: standard API keys may do that, while they may not read accounts."""
    about = About(f"credentials {name}")
    client = client_of(stack, name)
    try:
        client.page(client.list_uri([], page_size=1))
    except TwilioAuthenticationError as exc:
        put = _put(stack, stack.parameters["ConnectionPrefix"] + name)
        yield about.fail(f"Twilio refuses them. {exc}", f"Check SID, secret and region, then: {put}")
    except (TwilioUnavailableError, TwilioThrottledError) as exc:
        yield about.fail(str(exc), f"Check this machine's way to {client.connection.api_url}; status.twilio.com.")
    else:
        yield about.ok(f"Twilio accepts them for account {client.connection.account_sid}.")


def check_auth_token(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether there is a token to verify webhooks with."""
    about = About(f"auth token {name}")
    holder = stack.parameters["ConnectionPrefix"] + auth_token_name(name)
    try:
        token = stack.connections.auth_token(stack.connections.get(name))
    except ConnectionConfigError as exc:
        yield about.fail(str(exc), _put(stack, holder))
        return
    if token:
        yield about.ok("There is one to verify webhooks with.")
    else:
        yield about.warn(
            "There is none, so this connection refuses webhooks, and its sends ask for no status callbacks.",
            f"Unless that is meant so, add authToken to the secret, or make the secret '{holder}'.",
        )


def _put(stack: Stack, secret: str) -> str:
    put = ("secretsmanager", "put-secret-value", "--secret-id", secret)
    return stack.aws_command(*put, "--secret-string", "file://connection.json")
