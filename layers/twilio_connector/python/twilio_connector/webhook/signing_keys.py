"""The secrets that a connection's webhooks may be signed with, before, during and after a rotation.

Why: docs/decisions.md#2026-11-28-a-webhooks-key-is-the-one-that-its-header-names
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from twilio_connector.connections.connection import Connection
from twilio_connector.connections.secret_cache import CACHE_SECONDS, SecretCache
from twilio_connector.connections.secret_value import CURRENT, PENDING, PREVIOUS
from twilio_connector.connections.spacing import Spacing
from twilio_connector.connections.store import ConnectionStore, auth_token_name, token_secret
from twilio_connector.connections.webhook_keys import WebhookKeys
from twilio_connector.errors import ServiceUnavailableError
from twilio_connector.invocation.deadline import Deadline
from twilio_connector.webhook.budget import REFRESH_SECONDS


@dataclass(frozen=True)
class _Rotating:
    """Keys of a version that is not current: about to be, or no longer. *until* is in seconds since the epoch."""

    keys: WebhookKeys
    until: float


@dataclass(frozen=True)
class _Rotation:
    """The other versions found while the current one was *text*, and *account_sid*'s; ignored once either changes."""

    account_sid: str
    text: str = field(repr=False)
    others: tuple[_Rotating, ...]


class SigningKeys:
    """Auth tokens and shared keys by connection: the current ones first, then those that a refresh found in addition.

    An auth token is in the connection's own secret, else in ``<name>/auth-token``; shared keys in either, or both.
    The usual request costs no more than the current versions, which *secrets* caches. Only a refresh reads those that
    are labelled ``AWSPENDING`` and ``AWSPREVIOUS``; the caller spends one on a request that names the connection's
    account. A request that names none is checked with what is known by then: one that was signed with another key is
    refused until the cache expires, which takes ``CACHE_SECONDS`` at most.

    *connections* reads through *secrets*, too. *previous_seconds* is how long the previous version counts after the
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
        self._spacing = Spacing(clock)
        # By the name of the secret.
        self._rotations: dict[str, _Rotation] = {}

    def candidates(self, connection: Connection, deadline: Deadline, key_id: str | None = None) -> list[str]:
        """The secrets of the shared key *key_id*, else the auth tokens; likeliest first, none if none is known.

        Raises :class:`ConnectionConfigError` for a malformed secret, :class:`ServiceUnavailableError` for one that
        cannot be read before *deadline*.
        """
        separate = auth_token_name(connection.name)
        is_alone = key_id is None and connection.auth_token
        if not (is_alone or deadline.remaining() or self._secrets.is_fresh(separate)):
            raise _no_time_left()
        current = [connection.webhook_keys] if is_alone else self._current_keys(connection)
        known = list(filter(None, (keys.secret_of(key_id) for keys in current)))
        if key_id is None:
            # A token that was taken away counts no more; a shared key is exchanged for one with another ID.
            if not known:
                return []
            others = self._others(connection, token_secret(connection))
        else:
            others = [*self._others(connection, connection.name), *self._others(connection, separate)]
        return list(dict.fromkeys([*known, *filter(None, (keys.secret_of(key_id) for keys in others))]))

    def refresh(self, connection: Connection, deadline: Deadline) -> Connection | None:
        """Read the secrets of *connection* again; returns it as it is now, or None if that is not due or it is gone.

        A refresh is due ``REFRESH_SECONDS`` after the last one. Where reading fails, what is cached stays in use,
        :meth:`raise_if_stale` raises until the next refresh, and that is due after the pauses of :class:`Spacing`, so
        that Twilio's repeats of the request find the secrets again. Raises :class:`ConnectionConfigError` for a secret
        that has become malformed.
        """
        name, in_vain = connection.name, self._spacing.in_vain(connection.name)
        if not self._is_due(name):
            return None
        self._refreshed[name] = self._clock()
        self._failures.pop(name, None)
        try:
            self._read(name, CURRENT, deadline)
            if current := self._current(connection):
                if current.auth_token or current.shared_keys:
                    self._look_beside(current, name, deadline)
                self._read(auth_token_name(name), CURRENT, deadline)
                self._look_beside(current, auth_token_name(name), deadline)
        except ServiceUnavailableError as exc:
            self._failures[name] = exc
            self._spacing.failed(name, in_vain)
        else:
            self._spacing.succeeded(name)
        return self._current(connection)

    def raise_if_stale(self, name: str) -> None:
        """Raise the :class:`ServiceUnavailableError` that the last refresh of connection *name* met, if it met one.

        A signature that no known key makes may then be that of a key which could not be read.
        """
        if failure := self._failures.get(name):
            raise failure

    def _is_due(self, name: str) -> bool:
        if name in self._failures:
            return self._spacing.is_due(name)
        return self._clock() >= self._refreshed.get(name, float("-inf")) + REFRESH_SECONDS

    def _current(self, connection: Connection) -> Connection | None:
        current = self._connections.find(connection.name)
        return current if current and current.account_sid == connection.account_sid else None

    def _current_keys(self, connection: Connection) -> list[WebhookKeys]:
        return [connection.webhook_keys, self._connections.separate_keys(connection)]

    def _others(self, connection: Connection, secret_name: str) -> list[WebhookKeys]:
        """What a refresh found in a secret's other versions, as far as it still counts."""
        found, current, now = self._rotations.get(secret_name), self._secrets.get(secret_name), self._clock()
        if not found or not current or (found.account_sid, found.text) != (connection.account_sid, current.text):
            return []
        return [each.keys for each in found.others if now < each.until]

    def _look_beside(self, connection: Connection, secret_name: str, deadline: Deadline) -> None:
        """Remember the pending and the previous version of the secret, if it is there."""
        if current := self._secrets.get(secret_name):
            others = tuple(self._other_versions(connection, secret_name, current.created, deadline))
            self._rotations[secret_name] = _Rotation(connection.account_sid, current.text, others)

    def _other_versions(
        self, connection: Connection, secret_name: str, created: float, deadline: Deadline
    ) -> Iterator[_Rotating]:
        now = self._clock()
        for stage, until in {PENDING: now + CACHE_SECONDS, PREVIOUS: created + self._previous_seconds}.items():
            if now >= until:
                continue
            self._read(secret_name, stage, deadline)
            if keys := self._connections.other_keys(connection, secret_name, stage):
                yield _Rotating(keys, until)

    def _read(self, name: str, stage: str, deadline: Deadline) -> None:
        if not deadline.remaining():
            raise _no_time_left()
        self._secrets.reread(name, stage)


def _no_time_left() -> ServiceUnavailableError:
    return ServiceUnavailableError("There was no time left to read the connection's secrets.")
