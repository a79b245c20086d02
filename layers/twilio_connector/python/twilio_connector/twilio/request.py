"""One request to Twilio, before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

READ_SECONDS = 15.0
# All others count as changes: a caller has to learn of a lost answer to one. DELETE is among them, though a
# repeat would change nothing more: it would be answered by 404.
SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Request:
    """*url* is absolute, its host one of Twilio's; *headers* are without the credentials.

    *read_seconds* bounds the wait for the whole answer to one attempt.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    read_seconds: float = READ_SECONDS

    @property
    def changes(self) -> bool:
        """Whether it may change anything: if so, a failure after it has left leaves its outcome unknown."""
        return self.method not in SAFE_METHODS
