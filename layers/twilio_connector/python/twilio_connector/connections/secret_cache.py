"""Versions of secrets, as Secrets Manager holds them, cached in the process and shared by its threads."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Event, Lock
from typing import TYPE_CHECKING

from twilio_connector.connections.secret_value import CURRENT, Secret, read_secret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300
# A secret that cannot be used waits for its owner, whose correction should soon be seen.
MALFORMED_SECONDS = 30
# Names that do not exist are asked for by strangers: they are remembered for a while, and only so many of them.
ABSENT_ENTRIES = 256

Key = tuple[str, str]


class SecretCache:
    """Reads secrets by their names after *prefix*, each version at most once in ``CACHE_SECONDS``.

    Threads that want the same at once share one call, and its failure. *clock* is monotonic, in seconds. What reads
    raises :class:`ServiceUnavailableError`.
    """

    def __init__(
        self, secrets: "SecretsManagerClient", prefix: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._secrets = secrets
        self._prefix = prefix
        self._clock = clock
        # By name and staging label, until when: what exists, which is as much as the account's owner made, and what
        # does not, which strangers name, and which therefore must not push out the former.
        self._found: dict[Key, tuple[float, Secret]] = {}
        self._absent: OrderedDict[Key, float] = OrderedDict()
        self._under_way: dict[Key, _Reading] = {}
        # Of these three, and never held during a call.
        self._lock = Lock()

    def is_fresh(self, name: str, stage: str = CURRENT) -> bool:
        """Whether :meth:`get` would answer without a call."""
        with self._lock:
            return self._is_fresh((name, stage))

    def is_known(self, name: str) -> bool:
        """Whether the secret *name* was there when it was last read, or :meth:`get` would answer without a call."""
        with self._lock:
            return (name, CURRENT) in self._found or self._is_fresh((name, CURRENT))

    def get(self, name: str, stage: str = CURRENT) -> Secret | None:
        """The version of the secret *name* with the staging label *stage*, from the cache if fresh; None for none."""
        key = (name, stage)
        with self._lock:
            if self._is_fresh(key):
                return self._cached(key)
        return self._read(key, even_if_fresh=False)

    def reread(self, name: str, stage: str = CURRENT) -> Secret | None:
        """As :meth:`get`, but whatever is cached; the cached one stays where reading fails.

        A call that is already under way may still bring what was: unless that is news, another one follows it.
        """
        key = (name, stage)
        with self._lock:
            before, earlier = self._cached(key), self._under_way.get(key)
        if earlier and (news := earlier.wait()) != before:
            return news
        return self._read(key, even_if_fresh=True)

    def expire_soon(self, name: str) -> None:
        """Read the current version of the secret *name* again after ``MALFORMED_SECONDS``: it needs its owner's fix."""
        with self._lock:
            if (name, CURRENT) in self._found:
                until, secret = self._found[name, CURRENT]
                self._found[name, CURRENT] = (min(until, self._clock() + MALFORMED_SECONDS), secret)

    def _is_fresh(self, key: Key) -> bool:
        now = self._clock()
        return (key in self._found and now < self._found[key][0]) or (key in self._absent and now < self._absent[key])

    def _cached(self, key: Key) -> Secret | None:
        """What is cached, fresh or not."""
        if key in self._found:
            return self._found[key][1]
        if key in self._absent:
            self._absent.move_to_end(key)
        return None

    def _read(self, key: Key, *, even_if_fresh: bool) -> Secret | None:
        """Read a version, or wait for the thread that already does."""
        with self._lock:
            # Another thread may have read it since.
            if not even_if_fresh and self._is_fresh(key):
                return self._cached(key)
            others = self._under_way.get(key)
            reading = others or self._under_way.setdefault(key, _Reading())
        if not others:
            self._carry_out(reading, key)
        return reading.wait()

    def _carry_out(self, reading: "_Reading", key: Key) -> None:
        name, stage = key
        try:
            reading.secret = read_secret(self._secrets, self._prefix + name, stage)
        except BaseException as exc:
            # Raised by wait(), to all that do.
            reading.failure = exc
        with self._lock:
            if not reading.failure:
                self._keep(key, reading.secret)
            del self._under_way[key]
        reading.is_over.set()

    def _keep(self, key: Key, secret: Secret | None) -> None:
        until = self._clock() + (MALFORMED_SECONDS if secret and secret.flaw else CACHE_SECONDS)
        self._found.pop(key, None)
        self._absent.pop(key, None)
        if secret:
            self._found[key] = (until, secret)
        else:
            self._absent[key] = until
            while len(self._absent) > ABSENT_ENTRIES:
                self._absent.popitem(last=False)


class _Reading:
    """A call that reads one version, for all that wait for it."""

    def __init__(self) -> None:
        self.is_over = Event()
        self.secret: Secret | None = None
        self.failure: BaseException | None = None

    def wait(self) -> Secret | None:
        """What it has read, once it is over. Raises what it ended with."""
        self.is_over.wait()
        if self.failure:
            raise self.failure
        return self.secret
