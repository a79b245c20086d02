"""Versions of secrets, as Secrets Manager holds them, cached in the process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from twilio_connector.aws import translated_errors

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

CACHE_SECONDS = 300
MALFORMED_SECONDS = 30
# What Secrets Manager says of a secret or a version that is not there, and of one that is scheduled for deletion.
NOT_FOUND_CODES = ("ResourceNotFoundException", "InvalidRequestException")
# Names that do not exist are asked for by strangers: they are remembered for a while, and only so many of them.
ABSENT_ENTRIES = 256
CURRENT = "AWSCURRENT"


@dataclass(frozen=True)
class Secret:
    """One version of a secret: its text, and when that version was created (seconds since the epoch)."""

    text: str
    created: float

    def __repr__(self) -> str:
        return f"Secret(created={self.created})"


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

    def expire_soon(self, name: str) -> None:
        """Read the current version of the secret *name* again after ``MALFORMED_SECONDS``: it needs its owner's fix."""
        until, secret = self._found[name, CURRENT]
        self._found[name, CURRENT] = (min(until, self._clock() + MALFORMED_SECONDS), secret)

    def forget(self, names: Collection[str]) -> None:
        """Drop everything cached of the secrets *names*."""
        for cache in (self._found, self._absent):
            for key in [key for key in cache if key[0] in names]:
                del cache[key]

    def _read(self, name: str, stage: str) -> Secret | None:
        with translated_errors("Secrets Manager"):
            try:
                found: GetSecretValueResponseTypeDef = self._secrets.get_secret_value(
                    SecretId=self._prefix + name, VersionStage=stage
                )
            except ClientError as exc:
                if exc.response["Error"]["Code"] in NOT_FOUND_CODES:
                    return None
                raise
        # A binary secret has no text; parsing the empty one then says what is wrong.
        return Secret(found.get("SecretString", ""), found["CreatedDate"].timestamp())
