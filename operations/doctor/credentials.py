"""Whether Twilio accepts what the secret of a connection holds."""

from collections.abc import Iterator

from urllib3.util.request import make_headers

from operations.doctor.secrets import malformed, put_command, restore_command
from operations.findings import Finding, Subject
from operations.stack import Stack
from twilio_connector.connections.secret_value import PENDING
from twilio_connector.connections.store import auth_token_name, token_secret
from twilio_connector.errors import (
    ConnectionConfigError,
    TwilioAuthenticationError,
    TwilioThrottledError,
    TwilioUnavailableError,
)
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.twilio.client import TwilioClient
from twilio_connector.twilio.request import Request
from twilio_connector.twilio.responses import error_of
from twilio_connector.twilio.retries import retry_by_proof
from twilio_connector.twilio.transport import exchange

TWILIO_SECONDS = 20.0


def client_of(stack: Stack, connection: str) -> TwilioClient:
    """A client that acts for *connection* with what the caller can read of it."""
    return TwilioClient(stack.connections, connection, Deadline.after(TWILIO_SECONDS))


def check_credentials(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether Twilio lists a message for them. Standard API keys may do that, but may not read accounts."""
    subject = Subject(f"credentials {name}")
    client = client_of(stack, name)
    try:
        client.page(client.list_uri([], page_size=1))
    except TwilioAuthenticationError as exc:
        put = put_command(stack, stack.secret_name(name))
        yield subject.fail(f"Twilio refuses them. {exc}", f"Check SID, secret and region, then: {put}")
    except (TwilioUnavailableError, TwilioThrottledError) as exc:
        yield subject.fail(str(exc), f"Check the network from here to {client.connection.api_url}; status.twilio.com.")
    else:
        if client.connection.instead_of:
            yield _rotating(stack, subject, stack.secret_name(name))
        yield subject.ok(f"Twilio accepts them for account {client.connection.account_sid}.")


def check_auth_token(stack: Stack, name: str) -> Iterator[Finding]:
    """Whether there is a token to verify webhooks with, and Twilio knows it; the last finding says so."""
    subject, secret = Subject(f"auth token {name}"), stack.secret_name(auth_token_name(name))
    client = client_of(stack, name)
    try:
        token = stack.connections.auth_token(client.connection)
    except ConnectionConfigError as exc:
        yield from malformed(stack, subject, auth_token_name(name), exc)
        return
    if not token and stack.connections.shared_keys(client.connection):
        yield subject.ok("There are only shared keys: webhooks that Twilio signs with the auth token are refused.")
        return
    if not token:
        deleted = stack.connections.is_deleted(auth_token_name(name))
        make = f"cancel its deletion: {restore_command(stack, secret)}" if deleted else f"make the secret '{secret}'."
        yield subject.warn(
            "There is none, so this connection refuses webhooks, and its sends ask for no status callbacks.",
            f"Unless that is intended, add authToken to the secret, or {make}",
        )
        return
    holder = stack.secret_name(token_secret(client.connection))
    if not _is_known(client, token):
        pending = stack.connections.other_token(client.connection, PENDING)
        if not (pending and _is_known(client, pending)):
            yield subject.fail(
                "Twilio does not know this auth token, so webhooks of Twilio's are refused.",
                f"Copy it from Twilio's console, then: {put_command(stack, holder)}",
            )
            return
        yield _rotating(stack, subject, holder)
    yield subject.ok("There is one to verify webhooks with, and Twilio knows it.")


def _rotating(stack: Stack, subject: Subject, secret: str) -> Finding:
    """Twilio accepts the pending version of *secret*, and not the current one."""
    look = stack.aws_command("secretsmanager", "describe-secret", "--secret-id", secret)
    return subject.warn(
        f"A rotation is not finished: Twilio accepts the pending version of '{secret}' and refuses the current one.",
        f"It should end within five minutes. If it does not, it has failed: {look}",
    )


def _is_known(client: TwilioClient, token: str) -> bool:
    """Whether *token* is one of the account's. The client itself would try again with the API key."""
    connection = client.connection
    request = Request(
        "GET",
        connection.api_url + client.list_uri([], page_size=1),
        {"Accept": "application/json", **make_headers(basic_auth=f"{connection.account_sid}:{token}")},
    )
    response = exchange(request, retry_by_proof(request, client.deadline))
    if response.status not in (200, 401):
        raise error_of(response, repeatable=True)
    return response.status == 200
