"""Connections as Secrets Manager holds them, cached in the process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from twilio_connector.aws import calling
from twilio_connector.connections.connection import CONNECTION_NAME, Connection, parse_auth_token, parse_connection
from twilio_connector.errors import ConnectionConfigError, InvalidInputError
from twilio_connector.settings import ConnectionSettings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

T = TypeVar("T")

CACHE_SECONDS = 300
MALFORMED_SECONDS = 30
# What Secrets Manager says of a secret or a version that is not there, and of one that is scheduled for deletion.
NOT_FOUND_CODES = ("ResourceNotFoundException", "InvalidRequestException")
# Names that do not exist are asked for by strangers: they are remembered for a while, and only so many of them.
ABSENT_ENTRIES = 256


@dataclass(frozen=True)
class Secret:
    """One version of a secret: its text, and when that version was created (seconds since the epoch)."""

    text: str
    created: float

    def __repr__(self) -> str:
        return f"Secret(created={self.created})"


class ConnectionStore:
    """Reads connections by name. *clock* is monotonic, in seconds."""

    def __init__(
        self,
        secrets: "SecretsManagerClient",
        settings: ConnectionSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets = secrets
        self._settings = settings
        self._clock = clock
        # By name and staging label, until when: what exists, which is as much as the account's owner made, and what
        # does not, which strangers name, and which therefore must not push out the former.
        self._found: dict[tuple[str, str], tuple[float, Secret]] = {}
        self._absent: OrderedDict[tuple[str, str], float] = OrderedDict()

    def get(self, name: str) -> Connection:
        """The connection *name*.

        Raises :class:`InvalidInputError` for an impossible name, :class:`ConnectionConfigError` for a missing or
        malformed secret, :class:`ServiceUnavailableError` if it cannot be read.
        """
        if not CONNECTION_NAME.fullmatch(name):
            raise InvalidInputError("connection must be 1 to 64 letters, digits, '_' or '-'.")
        connection = self.find(name)
        if connection is None:
            raise ConnectionConfigError(
                f"Connection '{name}' does not exist: there is no secret '{self._settings.connection_prefix}{name}'."
            )
        return connection

    def find(self, name: str) -> Connection | None:
        """The connection *name*, or None where there is no such secret. Raises as :meth:`get` does."""
        return self._parsed(name, lambda text: parse_connection(name, text, self._settings.twilio_api_url))

    def refresh(self, stale: Connection) -> Connection:
        """Read the connection again, because Twilio refused *stale*; its cached secrets are forgotten."""
        self.forget(stale.name)
        return self.get(stale.name)

    def forget(self, name: str) -> None:
        """Drop everything cached of the connection *name*."""
        for cache in (self._found, self._absent):
            for key in [key for key in cache if key[0] in (name, auth_token_name(name))]:
                del cache[key]

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

    def is_cached(self, name: str, stage: str = "AWSCURRENT") -> bool:
        """Whether :meth:`secret` would answer without a call."""
        key, now = (name, stage), self._clock()
        return (key in self._found and now < self._found[key][0]) or (key in self._absent and now < self._absent[key])

    def secret(self, name: str, stage: str = "AWSCURRENT") -> Secret | None:
        """The version of the secret ``<prefix><name>`` with the staging label *stage*, from the cache if fresh."""
        if not self.is_cached(name, stage):
            return self.reread(name, stage)
        key = (name, stage)
        if key in self._found:
            return self._found[key][1]
        self._absent.move_to_end(key)
        return None

    def reread(self, name: str, stage: str = "AWSCURRENT") -> Secret | None:
        """As :meth:`secret`, but whatever is cached; the cached one stays where reading fails."""
        key, secret = (name, stage), self._read(name, stage)
        until = self._clock() + CACHE_SECONDS
        self._found.pop(key, None)
        self._absent.pop(key, None)
        if secret:
            self._found[key] = (until, secret)
        else:
            self._absent[key] = until
            while len(self._absent) > ABSENT_ENTRIES:
                self._absent.popitem(last=False)
        return secret

    def _parsed(self, name: str, parse: Callable[[str], T]) -> T | None:
        """What *parse* makes of the current text of the secret *name*; None where there is no such secret."""
        secret = self.secret(name)
        if not secret:
            return None
        try:
            return parse(secret.text)
        except ConnectionConfigError:
            # Its owner is about to mend it, and every webhook until then is refused.
            until, _ = self._found[name, "AWSCURRENT"]
            self._found[name, "AWSCURRENT"] = (min(until, self._clock() + MALFORMED_SECONDS), secret)
            raise

    def _read(self, name: str, stage: str) -> Secret | None:
        with calling("Secrets Manager"):
            try:
                found: GetSecretValueResponseTypeDef = self._secrets.get_secret_value(
                    SecretId=self._settings.connection_prefix + name, VersionStage=stage
                )
            except ClientError as exc:
                if exc.response["Error"]["Code"] in NOT_FOUND_CODES:
                    return None
                raise
        # A binary secret has no text; parsing the empty one then says what is wrong.
        return Secret(found.get("SecretString", ""), found["CreatedDate"].timestamp())


def auth_token_name(name: str) -> str:
    """The name, after the prefix, of the secret that holds the auth token of connection *name* alone."""
    return f"{name}/auth-token"
