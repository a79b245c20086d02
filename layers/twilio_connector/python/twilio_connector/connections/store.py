"""Connections by name, parsed from what the cache holds of their secrets."""

from collections.abc import Callable
from typing import TypeVar

from twilio_connector.connections.connection import CONNECTION_NAME, Connection, parse_auth_token, parse_connection
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.secret_value import Flaw
from twilio_connector.errors import ConnectionConfigError, InvalidInputError
from twilio_connector.settings import ConnectionSettings

T = TypeVar("T")


class ConnectionStore:
    """Reads connections by name, their secrets through the cache *secrets*."""

    def __init__(self, secrets: SecretCache, settings: ConnectionSettings) -> None:
        self._secrets = secrets
        self._settings = settings

    def get(self, name: str) -> Connection:
        """The connection *name*.

        Raises :class:`InvalidInputError` for an impossible name, :class:`ConnectionConfigError` for a secret that is
        missing or of no use, :class:`ServiceUnavailableError` if it cannot be read.
        """
        if not CONNECTION_NAME.fullmatch(name):
            raise InvalidInputError("connection must be 1 to 64 letters, digits, '_' or '-'.")
        connection = self.find(name)
        if connection:
            return connection
        if self.is_deleted(name):
            raise self._flawed(name, Flaw.DELETED)
        raise ConnectionConfigError(f"Connection '{name}' does not exist: there is no secret '{self._secret(name)}'.")

    def find(self, name: str) -> Connection | None:
        """The connection *name*; None where there is no such secret, or one that is scheduled for deletion.

        Raises as :meth:`get` does.
        """
        return self._parsed(name, lambda text: parse_connection(name, text, self._settings.twilio_api_url))

    def is_deleted(self, name: str) -> bool:
        """Whether the secret *name* is scheduled for deletion, from which it can be restored."""
        secret = self._secrets.get(name)
        return secret is not None and secret.flaw is Flaw.DELETED

    def refresh(self, stale: Connection) -> Connection:
        """Read the connection again, because Twilio refused *stale*; its cached secrets are forgotten."""
        self._secrets.forget((stale.name, auth_token_name(stale.name)))
        return self.get(stale.name)

    def auth_token(self, connection: Connection) -> str | None:
        """The token that signs the connection's webhooks: its own, else the secret ``<name>/auth-token``, else None.

        Raises :class:`ConnectionConfigError` if that secret is malformed or another account's.
        """
        if connection.auth_token:
            return connection.auth_token
        return self._parsed(
            auth_token_name(connection.name),
            lambda text: parse_auth_token(connection.name, text, connection.account_sid),
        )

    def _parsed(self, name: str, parse: Callable[[str], T]) -> T | None:
        """What *parse* makes of the current text of the secret *name*; None where there is no such secret."""
        secret = self._secrets.get(name)
        if not secret or secret.flaw is Flaw.DELETED:
            return None
        if secret.flaw:
            raise self._flawed(name, secret.flaw)
        try:
            return parse(secret.text)
        except ConnectionConfigError:
            # Its owner is about to fix it, and every webhook until then is refused.
            self._secrets.expire_soon(name)
            raise

    def _flawed(self, name: str, flaw: Flaw) -> ConnectionConfigError:
        return ConnectionConfigError(f"Connection '{name}' cannot be used. {flaw.about(self._secret(name))}")

    def _secret(self, name: str) -> str:
        return self._settings.connection_prefix + name


def auth_token_name(name: str) -> str:
    """The name, after the prefix, of the secret that holds the auth token of connection *name* alone."""
    return f"{name}/auth-token"
