"""Versions of secrets, as Secrets Manager holds them, cached in the process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from twilio_connector.connections.secret_value import CURRENT, Secret, read_secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300
# A secret that cannot be used as it is waits for its owner, whose correction shall soon be seen.
MALFORMED_SECONDS = 30
# Names that do not exist are asked for by strangers: they are remembered for a while, and only so many of them.
ABSENT_ENTRIES = 256


class SecretCache:
    """Reads secrets by their names after *prefix*, each version at most once in ``CACHE_SECONDS``.

    *clock* is monotonic, in seconds. What reads raises :class:`ServiceUnavailableError`.
    """

    def __init__(
        self, secrets: "SecretsManagerClient", prefix: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secrets = secrets
        self._prefix = prefix
        self._clock = clock
        # By name and staging label, until when: what exists, which is as much as the account's owner made, and what
        # does not, which strangers name, and which therefore must not push out the former.
        self._found: dict[tuple[str, str], tuple[float, Secret]] = {}
        self._absent: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_fresh(self, name: str, stage: str = CURRENT) -> bool:
        """Whether :meth:`get` would answer without a call."""
        key, now = (name, stage), self._clock()
        return (key in self._found and now < self._found[key][0]) or (key in self._absent and now < self._absent[key])

    def is_known(self, name: str) -> bool:
        """Whether the secret *name* was there when it was last read, or :meth:`get` would answer without a call."""
        return (name, CURRENT) in self._found or self.is_fresh(name)

    def get(self, name: str, stage: str = CURRENT) -> Secret | None:
        """The version of the secret *name* with the staging label *stage*, from the cache if fresh; None for none."""
        if not self.is_fresh(name, stage):
            return self.reread(name, stage)
        key = (name, stage)
        if key in self._found:
            return self._found[key][1]
        self._absent.move_to_end(key)
        return None

    def reread(self, name: str, stage: str = CURRENT) -> Secret | None:
        """As :meth:`get`, but whatever is cached; the cached one stays where reading fails."""
        key, secret = (name, stage), read_secret(self._secrets, self._prefix + name, stage)
        until = self._clock() + (MALFORMED_SECONDS if secret and secret.flaw else CACHE_SECONDS)
        self._found.pop(key, None)
        self._absent.pop(key, None)
        if secret:
            self._found[key] = (until, secret)
        else:
            self._absent[key] = until
            while len(self._absent) > ABSENT_ENTRIES:
                self._absent.popitem(last=False)
        return secret

    def expire_soon(self, name: str) -> None:
        """Read the current version of the secret *name* again after ``MALFORMED_SECONDS``: it needs its owner's fix."""
        until, secret = self._found[name, CURRENT]
        self._found[name, CURRENT] = (min(until, self._clock() + MALFORMED_SECONDS), secret)
