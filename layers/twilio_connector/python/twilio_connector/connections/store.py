"""Connections by name, parsed from what the cache holds of their secrets.

A rotation puts its new credentials into the version labelled ``AWSPENDING``, and moves ``AWSCURRENT`` there only when
Twilio already takes no others: Secrets Manager's managed rotation of an auth token a minute later, five at most. So
requests are made with pending credentials while Twilio takes these and refuses the current ones, and webhooks are
verified with the keys of several versions (:mod:`twilio_connector.webhook.signing_keys`).

https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-TwilioAuthToken.html
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from twilio_connector.connections.connection import CONNECTION_NAME, Connection, parse_connection, parse_webhook_keys
from twilio_connector.connections.parsed_secret import ParsedSecrets
from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.secret_value import CURRENT, PENDING
from twilio_connector.connections.spacing import Spacing
from twilio_connector.connections.webhook_keys import WebhookKeys
from twilio_connector.errors import InvalidInputError, ServiceUnavailableError, TwilioConnectorError
from twilio_connector.settings import ConnectionSettings


class ConnectionStore:
    """Reads connections by name, their secrets through the cache *secrets*. *clock* is monotonic, in seconds.

    Threads may share it: what they do at once costs one of them a search at the most, never the right credentials.
    """

    def __init__(
        self, secrets: SecretCache, settings: ConnectionSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secrets = secrets
        self._settings = settings
        self._parsed = ParsedSecrets(secrets, settings.connection_prefix)
        self._searches = Spacing(clock)
        # By name, the current versions that Twilio refused while it took the pending ones.
        self._refused: dict[str, Connection] = {}

    def get(self, name: str) -> Connection:
        """The connection *name*, with credentials that Twilio takes, as far as this process knows.

        Raises :class:`InvalidInputError` for an impossible name, :class:`ConnectionConfigError` for a secret that is
        missing or of no use, :class:`ServiceUnavailableError` if it cannot be read.
        """
        if not CONNECTION_NAME.fullmatch(name):
            raise InvalidInputError("connection must be 1 to 64 letters, digits, '_' or '-'.")
        return self._pending_in_use(name) or self._current(name)

    def find(self, name: str) -> Connection | None:
        """The connection *name*; None where there is no such secret, or one that is scheduled for deletion.

        Raises as :meth:`get` does.
        """
        return self._parsed.current(name, lambda text: parse_connection(name, text, self._settings.twilio_api_url))

    def is_known(self, name: str) -> bool:
        """Whether the secret *name* was there, or :meth:`find` would answer without a call."""
        return self._secrets.is_known(name)

    def is_deleted(self, name: str) -> bool:
        """Whether the secret *name* is scheduled for deletion, from which it can be restored."""
        return self._parsed.is_deleted(name)

    def others(self, refused: Connection, has_time: Callable[[], bool] = lambda: True) -> Iterator[Connection]:
        """The same connection with other credentials, likeliest first: Twilio answered *refused* with 401.

        These are what another thread has found since; the current version's, read again; and the pending version's.
        What is another account's is left out. After searches in vain there are none for a while (:class:`Spacing`).
        A caller for whom Twilio accepts one of them says so to :meth:`accepted`. Raises as :meth:`get` does, and
        :class:`ServiceUnavailableError` once *has_time* says no.
        """
        name, tried = refused.name, {refused.credentials}
        if has_time() and (known := self._found_since(refused)):
            yield known
            tried.add(known.credentials)
        if not self._searches.is_due(name):
            return
        in_vain = self._searches.in_vain(name)
        self._reread(name, CURRENT, has_time)
        current = self._current(name)
        if current.account_sid == refused.account_sid:
            if current.credentials not in tried:
                yield current
                tried.add(current.credentials)
            self._reread(name, PENDING, has_time)
            pending = self._pending(current)
            if pending and pending.credentials not in tried:
                yield pending
        self._searches.failed(name, in_vain)

    def accepted(self, connection: Connection) -> None:
        """Twilio took the credentials of *connection*: :meth:`get` gives these until the secret changes."""
        self._searches.succeeded(connection.name)
        if connection.instead_of:
            self._refused[connection.name] = connection.instead_of
        else:
            self._refused.pop(connection.name, None)

    def auth_token(self, connection: Connection) -> str | None:
        """The token that signs the connection's webhooks: its own, else the secret ``<name>/auth-token``'s, else None.

        Raises :class:`ConnectionConfigError` if that secret is malformed or another account's.
        """
        return connection.auth_token or self.separate_keys(connection).auth_token

    def can_receive(self, connection: Connection) -> bool:
        """Whether there is anything that webhooks are verified with. Raises as :meth:`auth_token` does."""
        return bool(connection.auth_token or connection.shared_keys or self.separate_keys(connection) != WebhookKeys())

    def shared_keys(self, connection: Connection) -> Mapping[str, str]:
        """Secrets by key ID, of both of the connection's secrets. Raises as :meth:`auth_token` does."""
        return {**self.separate_keys(connection).shared_keys, **connection.shared_keys}

    def separate_keys(self, connection: Connection) -> WebhookKeys:
        """What the secret ``<name>/auth-token`` says; nothing where there is none. Raises as :meth:`auth_token`."""
        return self._parsed.current(*self._separate(connection)) or WebhookKeys()

    def other_keys(self, connection: Connection, secret_name: str, stage: str) -> WebhookKeys | None:
        """What the version *stage* of either of the two secrets says; None where there is none of the same account."""
        if secret_name == connection.name:
            other = self.other_version(connection, stage)
            return other.webhook_keys if other else None
        name, parse = self._separate(connection)
        return self._parsed.other(name, stage, parse)

    def other_version(self, connection: Connection, stage: str) -> Connection | None:
        """The connection as the version *stage* of its secret has it, None where there is none of the same account."""
        other = self._parsed.other(connection.name, stage, lambda text: parse_connection(connection.name, text))
        return other if other and other.account_sid == connection.account_sid else None

    def other_token(self, connection: Connection, stage: str) -> str | None:
        """The token in the version *stage* of the secret that holds the connection's; None where there is none."""
        other = self.other_keys(connection, token_secret(connection), stage)
        return other.auth_token if other else None

    def _separate(self, connection: Connection) -> tuple[str, Callable[[str], WebhookKeys]]:
        """The name of the connection's second secret, and how it is parsed."""
        return auth_token_name(connection.name), lambda text: parse_webhook_keys(
            connection.name, text, connection.account_sid
        )

    def _found_since(self, refused: Connection) -> Connection | None:
        """The connection with other credentials than *refused*, if another thread has read them meanwhile."""
        try:
            known = self.get(refused.name) if self._secrets.is_fresh(refused.name) else refused
        except TwilioConnectorError:
            return None
        is_other = known.account_sid == refused.account_sid and known.credentials != refused.credentials
        return known if is_other else None

    def _pending_in_use(self, name: str) -> Connection | None:
        """The connection with its pending credentials, if Twilio takes these and not the current ones."""
        refused = self._refused.get(name)
        if not refused:
            return None
        if refused == self._current(name) and (pending := self._pending(refused)):
            return pending
        # Unless another thread has found others refused meanwhile; if both do this at once, these are found again.
        if self._refused.get(name) is refused:
            self._refused.pop(name, None)
        return None

    def _pending(self, current: Connection) -> Connection | None:
        """*current* with the credentials of the pending version; all other fields stay the current one's."""
        other = self.other_version(current, PENDING)
        if not other or other.credentials == current.credentials:
            return None
        return replace(current, username=other.username, password=other.password, instead_of=current)

    def _reread(self, name: str, stage: str, has_time: Callable[[], bool]) -> None:
        """Read a version again, if there is time for that and then for a request."""
        if has_time():
            self._secrets.reread(name, stage)
        if not has_time():
            raise ServiceUnavailableError("There was no time left to read the connection's secret again.")

    def _current(self, name: str) -> Connection:
        connection = self.find(name)
        if not connection:
            raise self._parsed.missing(name)
        return connection


def auth_token_name(name: str) -> str:
    """The name, after the prefix, of the secret that holds keys of the webhooks of connection *name* alone."""
    return f"{name}/auth-token"


def token_secret(connection: Connection) -> str:
    """The name, after the prefix, of the secret that holds the token of *connection*, if there is one."""
    return connection.name if connection.auth_token else auth_token_name(connection.name)
