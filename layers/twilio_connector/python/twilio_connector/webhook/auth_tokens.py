"""The tokens that a connection's webhooks may be signed with, before, during and after a rotation."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from twilio_connector.connections.connection import Connection
from twilio_connector.connections.secret_cache import CACHE_SECONDS, SecretCache
from twilio_connector.connections.secret_value import CURRENT, PENDING, PREVIOUS
from twilio_connector.connections.store import ConnectionStore, auth_token_name, token_secret
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.webhook.budget import REFRESH_SECONDS


@dataclass(frozen=True)
class _Rotating:
    """A token that is not current: about to be, or no longer. *until* is in seconds since the epoch."""

    token: str = field(repr=False)
    until: float


@dataclass(frozen=True)
class _Rotation:
    """The other tokens found while *current* was *account_sid*'s; ignored once the token or the account changes."""

    account_sid: str
    current: str | None = field(repr=False)
    others: tuple[_Rotating, ...]


class AuthTokens:
    """Tokens by connection: the current one first, then those that a refresh found beside it.

    The usual request costs no more than the current token, which *secrets* caches. Only a refresh reads the versions of
    the secret labelled ``AWSPENDING`` and ``AWSPREVIOUS``; the caller spends one on a request that names the
    connection's account. A request that names none is checked with what is known by then: one that was signed with
    another token is refused until the cache expires, which takes ``CACHE_SECONDS`` at most.

    *connections* reads through *secrets*, too. *previous_seconds* is how long the previous token is accepted after the
    current one was created. *clock* gives seconds since the epoch.
    """

    def __init__(
        self,
        connections: ConnectionStore,
        secrets: SecretCache,
        previous_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connections = connections
        self._secrets = secrets
        self._previous_seconds = previous_seconds
        self._clock = clock
        self._refreshed: dict[str, float] = {}
        self._failures: dict[str, ServiceUnavailableError] = {}
        self._rotations: dict[str, _Rotation] = {}

    def candidates(self, connection: Connection, deadline: Deadline) -> list[str]:
        """The tokens, likeliest first; none for a connection that cannot receive webhooks.

        Raises :class:`ConnectionConfigError` for a malformed secret, :class:`ServiceUnavailableError` for one that
        cannot be read before *deadline*.
        """
        secret_name = auth_token_name(connection.name)
        if not (connection.auth_token or deadline.remaining() or self._secrets.is_fresh(secret_name)):
            raise _no_time_left()
        current, now = self._connections.auth_token(connection), self._clock()
        if not current:
            return []
        found = self._rotations.get(connection.name)
        if not found or (found.account_sid, found.current) != (connection.account_sid, current):
            return [current]
        return list(dict.fromkeys([current, *(each.token for each in found.others if now < each.until)]))

    def refresh(self, connection: Connection, deadline: Deadline) -> Connection | None:
        """Read the secrets of *connection* again; returns it as it is now, or None if that is not due or it is gone.

        Where reading fails, what is cached stays in use, and :meth:`raise_if_stale` raises until the next refresh.
        Raises :class:`ConnectionConfigError` for a secret that has become malformed.
        """
        name, now = connection.name, self._clock()
        if now < self._refreshed.get(name, float("-inf")) + REFRESH_SECONDS:
            return None
        self._refreshed[name] = now
        self._failures.pop(name, None)
        try:
            self._read(name, CURRENT, deadline)
            if current := self._current(connection):
                self._rotations[name] = self._rotation(current, deadline)
        except ServiceUnavailableError as exc:
            self._failures[name] = exc
        return self._current(connection)

    def raise_if_stale(self, name: str) -> None:
        """Raise the :class:`ServiceUnavailableError` that the last refresh of connection *name* met, if it met one.

        A signature that no known token makes may then be that of a token which could not be read.
        """
        if failure := self._failures.get(name):
            raise failure

    def _current(self, connection: Connection) -> Connection | None:
        current = self._connections.find(connection.name)
        return current if current and current.account_sid == connection.account_sid else None

    def _rotation(self, connection: Connection, deadline: Deadline) -> _Rotation:
        secret_name = token_secret(connection)
        if secret_name != connection.name:
            self._read(secret_name, CURRENT, deadline)
        current = self._connections.auth_token(connection)
        others = tuple(self._other_versions(connection, secret_name, deadline))
        return _Rotation(connection.account_sid, current, others)

    def _other_versions(self, connection: Connection, secret_name: str, deadline: Deadline) -> Iterator[_Rotating]:
        """The tokens of the pending and the previous version of the secret that holds the current one."""
        now = self._clock()
        current = self._secrets.get(secret_name)
        limits = {PENDING: now + CACHE_SECONDS}
        if current:
            limits[PREVIOUS] = current.created + self._previous_seconds
        for stage, until in limits.items():
            if now >= until:
                continue
            self._read(secret_name, stage, deadline)
            if token := self._connections.other_token(connection, stage):
                yield _Rotating(token, until)

    def _read(self, name: str, stage: str, deadline: Deadline) -> None:
        if not deadline.remaining():
            raise _no_time_left()
        self._secrets.reread(name, stage)


def _no_time_left() -> ServiceUnavailableError:
    return ServiceUnavailableError("There was no time left to read the connection's secrets.")
