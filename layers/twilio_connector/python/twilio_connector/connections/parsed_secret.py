"""What the versions of a secret say: the current one strictly, and the other versions of a rotation leniently."""

from collections.abc import Callable
from typing import TypeVar

from twilio_connector.connections.secret_cache import SecretCache
from twilio_connector.connections.secret_value import Flaw
from twilio_connector.errors import ConnectionConfigError

T = TypeVar("T")
Parse = Callable[[str], T]


class ParsedSecrets:
    """Parses what the cache *secrets* holds, of secrets named *prefix* and what follows it.

    A *parse* makes something of a text, or raises :class:`ConnectionConfigError`.
    """

    def __init__(self, secrets: SecretCache, prefix: str) -> None:
        self._secrets = secrets
        self._prefix = prefix

    def current(self, name: str, parse: Parse[T]) -> T | None:
        """What *parse* makes of the current version; None where the secret is not there, or about to be deleted.

        Raises :class:`ConnectionConfigError` where it is there and of no use.
        """
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

    def other(self, name: str, stage: str, parse: Parse[T]) -> T | None:
        """What *parse* makes of the version *stage*; None where it makes nothing of it.

        A version being made may be incomplete, and what was once current need not have been right.
        """
        secret = self._secrets.get(name, stage)
        if not secret or secret.flaw:
            return None
        try:
            return parse(secret.text)
        except ConnectionConfigError:
            return None

    def is_deleted(self, name: str) -> bool:
        """Whether the secret is scheduled for deletion, from which it can be restored."""
        secret = self._secrets.get(name)
        return secret is not None and secret.flaw is Flaw.DELETED

    def missing(self, name: str) -> ConnectionConfigError:
        """Why there is no current version to parse."""
        if self.is_deleted(name):
            return self._flawed(name, Flaw.DELETED)
        return ConnectionConfigError(f"Connection '{name}' does not exist: there is no secret '{self._prefix}{name}'.")

    def _flawed(self, name: str, flaw: Flaw) -> ConnectionConfigError:
        return ConnectionConfigError(f"Connection '{name}' cannot be used. {flaw.about(self._prefix + name)}")
